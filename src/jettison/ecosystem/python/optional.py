"""What well-known distributions import only when it is there, or when a program asks for it.

A table is enough here: a name in it only ever keeps a distribution.
"""

from __future__ import annotations

__all__ = ["optional_needs"]

_TABLE = """
    celery: redis kombu sqlalchemy gevent eventlet msgpack pymongo boto3 pycurl librabbitmq
        cryptography flower
    kombu: redis pymongo boto3 pycurl msgpack librabbitmq confluent-kafka sqlalchemy
    django: psycopg2 psycopg2-binary psycopg mysqlclient pillow argon2-cffi bcrypt
        pymemcache pylibmc redis hiredis tzdata pytz pyyaml jinja2 docutils oracledb
    djangorestframework: markdown pyyaml django-filter inflection uritemplate coreapi
        pygments
    fastapi: python-multipart ujson orjson email-validator uvicorn fastapi-cli
    starlette: python-multipart itsdangerous
    flask: python-dotenv asgiref watchdog blinker
    flask-sqlalchemy: psycopg2 psycopg2-binary pymysql mysqlclient
    gunicorn: gevent eventlet tornado setproctitle uvicorn greenlet
    uvicorn: uvloop httptools websockets wsproto watchfiles python-dotenv colorama
    hypercorn: uvloop wsproto h2 priority aioquic
    httpx: h2 brotli brotlicffi socksio zstandard click rich
    requests: pysocks chardet charset-normalizer cryptography pyopenssl simplejson
    urllib3: brotli brotlicffi pysocks h2 zstandard
    aiohttp: aiodns brotli brotlicffi cchardet
    jinja2: babel
    pandas: openpyxl xlrd xlsxwriter odfpy pyxlsb pyarrow fastparquet tables lxml html5lib
        beautifulsoup4 sqlalchemy psycopg2 psycopg2-binary pymysql numexpr bottleneck
        matplotlib jinja2 tabulate fsspec s3fs gcsfs numba pytz tzdata zstandard python-
        calamine
    polars: pyarrow fastexcel xlsx2csv openpyxl connectorx deltalake fsspec
    numpy: scipy
    scikit-learn: matplotlib pandas joblib threadpoolctl
    matplotlib: pillow pyqt5 pyside6 tornado
    beautifulsoup4: lxml html5lib chardet cchardet
    pydantic: email-validator python-dotenv tzdata
    pydantic-settings: python-dotenv pyyaml tomli
    sqlalchemy: psycopg2 psycopg2-binary psycopg psycopg-binary asyncpg pg8000 mysqlclient
        pymysql aiomysql asyncmy mysql-connector-python mariadb aiosqlite pyodbc pymssql cx-
        oracle oracledb greenlet aioodbc snowflake-sqlalchemy sqlalchemy-bigquery
        clickhouse-sqlalchemy
    databases: asyncpg aiopg aiomysql aiosqlite
    tortoise-orm: asyncpg aiomysql asyncmy aiosqlite psycopg
    redis: hiredis
    flower: redis prometheus-client tornado
    transformers: torch tensorflow flax jax sentencepiece accelerate tokenizers safetensors
        protobuf tiktoken bitsandbytes peft einops timm pillow librosa soundfile scipy
        datasets onnxruntime optimum sacremoses
    sentence-transformers: torch accelerate onnxruntime optimum
    torch: torchvision torchaudio numpy triton
    diffusers: torch accelerate transformers safetensors
    langchain: openai langchain-openai langchain-community tiktoken faiss-cpu chromadb
    openai: numpy pandas aiohttp
    streamlit: watchdog matplotlib plotly altair pandas pyarrow
    gradio: pillow matplotlib
    dash: diskcache celery redis
    boto3: awscrt
    botocore: awscrt
    passlib: bcrypt argon2-cffi
    python-jose: cryptography pycryptodome rsa ecdsa
    pyjwt: cryptography
    authlib: httpx requests cryptography
    paramiko: gssapi invoke
    fabric: invoke
    apscheduler: sqlalchemy redis pymongo tornado twisted gevent
    sentry-sdk: blinker httpx
    opentelemetry-sdk: opentelemetry-exporter-otlp opentelemetry-exporter-otlp-proto-grpc
        opentelemetry-exporter-otlp-proto-http
    structlog: rich colorama better-exceptions
    loguru: colorama
    typer: rich shellingham
    click: colorama
    airflow: psycopg2-binary
    pymongo: dnspython pymongocrypt python-snappy zstandard
    motor: dnspython
    email-validator: dnspython
    eventlet: dnspython
    daphne: twisted
    channels: channels-redis daphne
    scrapy: lxml
    markdown: pygments
    tornado: pycurl
    alembic: tzdata python-dateutil
    psycopg: psycopg-binary psycopg-c psycopg-pool
    whitenoise: brotli
    django-redis: hiredis lz4 msgpack zstandard
    django-storages: boto3 google-cloud-storage azure-storage-blob paramiko dropbox
    rq: redis
    dramatiq: redis pika watchdog
    huey: redis peewee
    arq: redis watchfiles
    weasyprint: fonttools brotli
    reportlab: pillow rl-accel rlpycairo
    moviepy: imageio-ffmpeg
    imageio: imageio-ffmpeg av pillow
    ultralytics: torch opencv-python opencv-python-headless
    spacy: torch
    mlflow: gunicorn scikit-learn boto3 psycopg2-binary
    joblib: lz4 psutil
    dask: distributed pandas numpy pyarrow s3fs
    xarray: netcdf4 h5netcdf scipy dask zarr
    geopandas: pyogrio fiona psycopg2-binary sqlalchemy matplotlib
    plotly: kaleido pandas
    altair: vl-convert-python
    graphene: graphene-django
    strawberry-graphql: fastapi flask django python-multipart
    prometheus-flask-exporter: gunicorn
"""
_NEEDS = {
    name.strip(): frozenset(names.split())
    for name, names in (
        row.split(":") for row in _TABLE.replace("\n        ", " ").strip().splitlines()
    )
}


def optional_needs(name: str) -> frozenset[str]:
    """The distributions (canonical names) that one loads where they are installed."""
    return _NEEDS.get(name, frozenset())
