/// What the parser's completion script for bash leaves out.
///
/// Bash ends a word at `=`, so that `--set key=` is three words to it, and the script takes the value for an argument
/// of its own: neither values nor what follows are completed. Here words are put together again first; what bash has
/// as a word before the cursor is taken off the answers.
enum BashCompletion {
  private static let last = "complete -o filenames -F _spillway spillway"

  /// The script with that; any other text as it is.
  static func byWords(_ text: String) -> String {
    guard text.hasPrefix("#!/bin/bash\n"), text.hasSuffix(last) else { return text }
    return text.dropLast(last.count) + byWords
  }

  private static let byWords = #"""
    _spillway_by_words() {
        local line="${COMP_LINE}" word cur="${2}"
        local -a words=()
        local -i index current=0
        for index in "${!COMP_WORDS[@]}"; do
            word="${COMP_WORDS[index]}"
            if [[ ${#words[@]} -gt 0 && -n "${word}" && "${line}" = "${word}"* ]]; then
                # No blank between it and the word before
                if ((index == COMP_CWORD)); then
                    [[ -z "${2}" && "${word}" = [=:]* ]] && cur="${word}"
                    cur="${words[-1]}${cur}"
                fi
                words[-1]+="${word}"
            else
                words+=("${word}")
                line="${line#"${line%%[![:space:]]*}"}"
            fi
            line="${line#"${word}"}"
            ((index == COMP_CWORD)) && current=$((${#words[@]} - 1))
        done

        if [[ ${#words[@]} -eq ${#COMP_WORDS[@]} ]]; then
            _spillway "${@}"
        else
            # --option=value is two words
            local -a option=()
            if [[ "${cur}" =~ ^(--[a-z-]+)=(.*)$ ]]; then
                option=("${BASH_REMATCH[1]}")
                cur="${BASH_REMATCH[2]}"
            fi
            words=("${words[@]:0:current}" "${option[@]}" "${cur}" "${words[@]:current + 1}")
            current+=${#option[@]}
            COMP_WORDS=("${words[@]}")
            COMP_CWORD=${current}
            words=("${words[@]:0:current + 1}")
            printf -v COMP_LINE '%s ' "${words[@]}"
            COMP_LINE="${COMP_LINE% }"
            COMP_POINT=${#COMP_LINE}
            _spillway "${1}" "${cur}" "${words[current - 1]}"
            COMPREPLY=("${COMPREPLY[@]#"${cur%"${2}"}"}")
        fi
        # A key goes on with its value, or with a key below it
        [[ ${#COMPREPLY[@]} -gt 0 && "${COMPREPLY[-1]}" = *[=.] ]] && compopt -o nospace 2>/dev/null
        return 0
    }

    complete -o filenames -F _spillway_by_words spillway
    """#
}
