FROM python:3.12-slim

WORKDIR /srv/onrecord
COPY requirements.txt ./
RUN python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY pyproject.toml README.md ./
COPY app app
COPY migrations migrations
COPY seed seed
# Editable: the migrations are found beside the package.
RUN python -m pip install --no-cache-dir --disable-pip-version-check --no-build-isolation --no-deps -e . \
    && useradd --system --uid 10001 --home-dir /nonexistent onrecord \
    && install --directory --owner onrecord var
USER onrecord

EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["onrecord", "serve", "--host", "0.0.0.0", "--port", "8000", "--migrate"]
