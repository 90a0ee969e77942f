# Rehearsal in three images, each standing on the one before it, so that they share their layers:
#   edge    the edge and its own parts of the cloud, for docker-compose.yml
#   load    the same and Locust
#   tests   the same and pytest, to run the scenarios in a container: docker run rehearsal/tests make test-e2e
# uv checks what it installs against the lock's hashes, although only a part of it is wanted; then it goes again.
ARG PYTHON_IMAGE=python:3.13-slim
FROM ${PYTHON_IMAGE} AS edge

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/opt/rehearsal/bin:$PATH HOME=/tmp
COPY pyproject.toml requirements.lock /build/
RUN python3 -m venv /opt/uv && /opt/uv/bin/pip install --quiet --no-cache-dir uv==0.11.2 \
 && /opt/uv/bin/uv venv --quiet --python "$(command -v python3)" /opt/rehearsal \
 && VIRTUAL_ENV=/opt/rehearsal /opt/uv/bin/uv pip install --quiet --no-cache --compile-bytecode \
      --constraint /build/requirements.lock --requirement /build/pyproject.toml --extra sql \
 && rm -rf /opt/uv /build /root/.cache \
 && useradd --system --uid 10001 --home-dir /nonexistent rehearsal \
 && mkdir /var/rehearsal && chown 10001:10001 /var/rehearsal
WORKDIR /opt/rehearsal/project
COPY harness harness
USER 10001:10001
EXPOSE 4566 3001 3002
HEALTHCHECK --interval=15s --timeout=10s --retries=8 \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:4566/_rehearsal/health', timeout=8)"]
CMD ["python", "-m", "harness.targets.docker.cloud"]

FROM edge AS load
USER root
COPY pyproject.toml requirements.lock /build/
RUN python3 -m venv /opt/uv && /opt/uv/bin/pip install --quiet --no-cache-dir uv==0.11.2 \
 && VIRTUAL_ENV=/opt/rehearsal /opt/uv/bin/uv pip install --quiet --no-cache --compile-bytecode \
      --constraint /build/requirements.lock --requirement /build/pyproject.toml --extra load --extra docker \
 && rm -rf /opt/uv /build /root/.cache
COPY systems systems
COPY loadtests loadtests
USER 10001:10001
HEALTHCHECK NONE
ENTRYPOINT ["python", "-m", "loadtests.containers"]
CMD ["master"]

FROM load AS tests
USER root
RUN if ! command -v make >/dev/null; then \
      apt-get update -qq && apt-get install -y -qq --no-install-recommends make >/dev/null && rm -rf /var/lib/apt/lists/*; fi
COPY requirements.lock /build/
RUN python3 -m venv /opt/uv && /opt/uv/bin/pip install --quiet --no-cache-dir uv==0.11.2 \
 && VIRTUAL_ENV=/opt/rehearsal /opt/uv/bin/uv pip install --quiet --no-cache --compile-bytecode \
      --constraint /build/requirements.lock pytest-xdist pytest-randomly hypothesis tzdata \
 && rm -rf /build /root/.cache
WORKDIR /opt/rehearsal/project
COPY . .
# The Makefile's own environment is this image's, and it is up to date.
RUN VIRTUAL_ENV=/opt/rehearsal /opt/uv/bin/uv pip install --quiet --no-cache --no-deps --editable . \
 && ln -s /opt/rehearsal .venv && touch /opt/rehearsal/.ready \
 && mkdir -p artifacts /var/lib/rehearsal && chmod 1777 . artifacts /var/lib/rehearsal
# uv stays: functions are packaged with it. Whoever runs this writes artifacts and state as the user they choose.
ENV HOME=/var/lib/rehearsal PATH=/opt/rehearsal/bin:/opt/uv/bin:$PATH
USER 10001:10001
ENTRYPOINT []
CMD ["make", "test-e2e"]
