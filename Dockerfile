# Freio in a container: `docker compose up --build`, or `docker build -t freio .` for the image alone.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1

WORKDIR /freio

# First, so that a change of the code does not install the packages again.
COPY requirements.lock ./
RUN sed '/^# Development only/,$d' requirements.lock > /tmp/runtime.txt \
    && pip install --no-cache-dir --require-hashes --requirement /tmp/runtime.txt \
    && rm /tmp/runtime.txt

COPY .streamlit .streamlit
COPY core core
COPY pages pages
COPY data data
COPY dashboard.py pyproject.toml ./

# The only folder that Freio writes to, besides /tmp.
RUN useradd --system --uid 10001 --home-dir /freio --shell /usr/sbin/nologin freio \
    && chown --recursive freio data
# By number, so that an orchestrator can see that it is not root.
USER 10001
VOLUME /freio/data

EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8501/healthz', timeout=4)"]

# In a container, 127.0.0.1 is the container itself. The published port decides who can connect.
CMD ["python", "-m", "streamlit", "run", "dashboard.py", "--server.address=0.0.0.0"]
