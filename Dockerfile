FROM node:22-bookworm-slim AS page
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY examples ../examples
COPY web ./
RUN npm run build

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
COPY --from=page /src/web/dist web/dist
RUN cargo build --profile dist --locked -p cli

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 sanlian && install -d -o sanlian -g sanlian /var/lib/sanlian
COPY --from=build /src/target/dist/sanlian /usr/local/bin/sanlian
USER sanlian
ENV SANLIAN_LISTEN=0.0.0.0:8080 SANLIAN_DATA=/var/lib/sanlian
VOLUME /var/lib/sanlian
EXPOSE 8080
# The image has no HTTP client but bash.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["bash", "-c", \
  "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/ready HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["sanlian"]
CMD ["serve"]
