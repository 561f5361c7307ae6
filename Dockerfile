# Two stages: the packages are installed from the hash-pinned lock, and only what runs is kept.
# For a release, pin the base by digest: --build-arg BASE=python:3.13-slim@sha256:...
ARG BASE=python:3.13-slim

FROM ${BASE} AS built
WORKDIR /src
COPY requirements.txt requirements-build.txt ./
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.txt -r requirements-build.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY migrations migrations
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM ${BASE}
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin als \
 && install -d -o als -g als -m 0700 /data
COPY --from=built /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ALS_DATA_DIR=/data
USER 10001
VOLUME /data
# Run it with: --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges
ENTRYPOINT ["als"]
CMD ["run"]
