/// A class that names methods which its subclasses have: what a protocol would be, were a call through one as cheap.
public protocol AbstractClass: AnyObject {}

extension AbstractClass {
  /// The body of such a method.
  package func unimplemented(_ function: StaticString = #function) -> Never {
    preconditionFailure("\(type(of: self)) has no \(function)")
  }
}
