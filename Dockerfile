# The image of secret-hygiene: the program, the shared libraries that it needs, and nothing else. No shell, no package manager, no CA
# bundle: it trusts only the CAs that it is given. `./dev image` builds it; scripts/runtime-files.sh says what goes in.
ARG BASE_IMAGE=debian:bookworm

FROM ${BASE_IMAGE} AS build
WORKDIR /src
COPY dev ./
COPY scripts scripts
RUN ./dev deps build
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY policies policies
COPY tests tests
COPY webhook webhook
RUN --mount=type=cache,target=/root/.cache/ccache ./dev build
RUN scripts/runtime-files.sh build/release/secret-hygiene /rootfs && \
    mkdir -p /rootfs/usr/share/secret-hygiene && cp -r policies /rootfs/usr/share/secret-hygiene/policies

FROM scratch
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="secret-hygiene" \
      org.opencontainers.image.description="Kubernetes admission webhook that keeps Secrets small, few and skippable" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /rootfs/ /
USER 65532:65532
EXPOSE 8443 9090
ENTRYPOINT ["/usr/bin/secret-hygiene"]
CMD ["--help"]
