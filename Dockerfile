# One image for every command. Needs nothing but this folder and the base image:
#   docker build --tag onebacklog .
#   docker run --rm --volume "$PWD:/work" --env JIRA_TOKEN onebacklog plan
# Both stages take the tag, which gets the distribution's mends. For builds that are the same each
# time, write the digest behind it: python:3.11-slim@sha256:…, as `docker buildx imagetools inspect
# python:3.11-slim` says it; and renew it when the base is mended.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
WORKDIR /src

# What builds stays in an environment of its own, and in this stage.
COPY requirements/build.txt requirements/run.txt requirements/
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --require-hashes -r requirements/build.txt
RUN python -m venv --without-pip /opt/onebacklog \
 && /opt/build/bin/pip --python /opt/onebacklog install --require-hashes -r requirements/run.txt

COPY pyproject.toml README.md LICENSE ./
COPY adapters/ adapters/
COPY config/ config/
COPY sync/ sync/
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir wheels . \
 && /opt/build/bin/pip --python /opt/onebacklog install --no-deps --no-index wheels/*.whl


FROM python:3.11-slim
LABEL org.opencontainers.image.title="onebacklog" \
      org.opencontainers.image.description="One product backlog, consistent over Jira, GitHub Issues and a folder of files, both ways" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH="/opt/onebacklog/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

# The environment belongs to root: the tool cannot change itself. It writes below /work, and the
# demo below /tmp; all else may be read-only.
COPY --from=build /opt/onebacklog /opt/onebacklog
RUN mkdir /work && chown 10001:10001 /work
USER 10001:10001
WORKDIR /work
EXPOSE 8080

ENTRYPOINT ["onebacklog"]
CMD ["--help"]
