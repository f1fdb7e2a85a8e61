# Node.js comes from Alpine: its packages cover arm/v7, which the official images of Node.js 24 leave out. Releases are
# built from a digest, as sha256:…, which the image has in its labels.
ARG ALPINE=3.23
ARG ALPINE_DIGEST

# JavaScript is the same on every platform, so it is built once, on the builder's own.
FROM --platform=$BUILDPLATFORM alpine:${ALPINE}${ALPINE_DIGEST:+@}${ALPINE_DIGEST} AS build
RUN apk add --no-cache nodejs~24 npm
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY lib lib
COPY deploy deploy
ARG VERSION
ARG COMMIT
ARG BUILD_DATE
ARG SOURCE_DATE_EPOCH
RUN node deploy/build.ts

FROM alpine:${ALPINE}${ALPINE_DIGEST:+@}${ALPINE_DIGEST}
RUN apk add --no-cache nodejs~24
COPY --from=build /build/dist /usr/lib/docker-stats-exporter
COPY deploy/healthcheck.sh /usr/lib/docker-stats-exporter/
RUN ln -s ../lib/docker-stats-exporter/launcher.js /usr/bin/docker-stats-exporter
# Nobody, in no group. Give it the socket's group, or the address of a socket proxy.
USER 65534:65534
EXPOSE 9200
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s \
  CMD ["/usr/lib/docker-stats-exporter/healthcheck.sh"]
# No inspector on SIGUSR1, from the first instruction on. The launcher adds what saves memory.
ENTRYPOINT ["node", "--disable-sigusr1", "/usr/lib/docker-stats-exporter/launcher.js"]

# That of package.json: `npm run docs` writes it here.
ARG VERSION=1.0.0
ARG COMMIT
ARG BUILD_DATE
ARG ALPINE
ARG ALPINE_DIGEST
LABEL org.opencontainers.image.title="docker-stats-exporter" \
  org.opencontainers.image.description="Docker container metrics for Prometheus and OpenTelemetry" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.vendor="docker-stats-exporter" \
  org.opencontainers.image.url="https://github.com/OWNER/docker-stats-exporter" \
  org.opencontainers.image.documentation="https://github.com/OWNER/docker-stats-exporter/blob/main/deploy/README.md" \
  org.opencontainers.image.source="https://github.com/OWNER/docker-stats-exporter" \
  org.opencontainers.image.base.name="docker.io/library/alpine:${ALPINE}" \
  org.opencontainers.image.base.digest="${ALPINE_DIGEST}" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${COMMIT}" \
  org.opencontainers.image.created="${BUILD_DATE}"
