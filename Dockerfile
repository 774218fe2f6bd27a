# The image of secret-hygiene: the program, the shared libraries that it needs, and nothing else. No shell, no package manager, no CA
# bundle: it trusts only the CAs that it is given. `./dev image` builds it; scripts/runtime-files.sh says what goes in.
# To pin the base: --build-arg BASE_IMAGE=debian@sha256:...
ARG BASE_IMAGE=debian:bookworm

FROM ${BASE_IMAGE} AS build
WORKDIR /src
# What installs the packages, and no more, so that no other change installs them anew.
COPY dev ./
COPY scripts/archives.sh scripts/deps.sh scripts/docs.sh scripts/image.sh scripts/release.sh scripts/scanners.sh scripts/stages.sh scripts/
RUN ./dev deps build
COPY scripts/runtime-files.sh scripts/
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY docs/controllers.yaml docs/secret-hygiene.1 docs/
COPY manifests/sidecar/proxy/container.yaml manifests/sidecar/proxy/
COPY policies policies
COPY webhook webhook
ENV CMAKE_CXX_COMPILER_LAUNCHER=ccache
RUN --mount=type=cache,target=/root/.cache/ccache \
    cmake --preset release -DBUILD_TESTING=OFF && cmake --build --preset release --target secret-hygiene
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
