# The program in a small Debian image:
#
#   docker build --tag spillway .
#   docker run --rm --volume "$PWD:/work" spillway run mine.yaml --store results.sqlite
#
# Not built by the authors: the package that it installs is tried in bare Debian systems by 'make try-packages'.
FROM swift:6.3-bookworm AS build
WORKDIR /source
RUN apt-get update && apt-get install -y --no-install-recommends \
    dpkg-dev libgsl-dev libsqlite3-dev libyaml-dev make pkg-config zlib1g-dev && rm -rf /var/lib/apt/lists/*
COPY . .
RUN make deb

FROM debian:bookworm-slim
COPY --from=build /source/dist/spillway_*.deb /tmp/
RUN apt-get update && apt-get install -y --no-install-recommends /tmp/spillway_*.deb librsvg2-bin \
    && rm -rf /var/lib/apt/lists/* /tmp/spillway_*.deb
USER nobody
WORKDIR /work
ENTRYPOINT ["spillway"]
CMD ["--help"]
