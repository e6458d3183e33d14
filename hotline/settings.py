"""Every setting of the hotline, from the environment only. docs/settings.md explains each."""

import sys
from datetime import timedelta
from typing import Any

from csp.constants import NONE, SELF
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from hotline import embedded, environment

# Where things are
DATA = environment.data_folder()
KEYS = environment.keys_folder()
EMBEDDED_CLUSTER = DATA / "postgres"
DATABASE_URL = environment.secret("DATABASE_URL")
VAULT_URL = environment.text("VAULT_URL", f"file://{DATA / 'vault'}")
PORT = environment.number("BAKEN_PORT", 8000, at_least=1, at_most=65533)
PUBLIC_URL = environment.text("BAKEN_PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")

# What this installation is
DEMONSTRATION = environment.flag("BAKEN_DEMONSTRATION")
PROFILE = environment.text("BAKEN_PROFILE", "nl")  # hotline/intake/profiles/
JURISDICTIONS = environment.text("BAKEN_JURISDICTIONS", "nl,inhope,interpol").split(",")
LIST_NAME = environment.text("BAKEN_LIST", "baseline")
MAX_ATTACHMENT_BYTES = environment.number(
    "BAKEN_MAX_ATTACHMENT_MIB", 100, at_least=1, at_most=2048
) * (1 << 20)
MAX_DELIVERY_BYTES = 4 << 20  # a webhook carries text and links, never media
DECODER_SECONDS = environment.number("BAKEN_DECODER_SECONDS", 20, at_least=1, at_most=600)


def _database(url: str) -> dict[str, Any]:
    """Return Django's form of a PostgreSQL address; without one, the embedded cluster's."""
    if not url:
        host = str(embedded.socket_folder(EMBEDDED_CLUSTER))
        url = f"host='{host}' user=postgres dbname=postgres"
    elif not url.startswith(("postgresql://", "postgres://")):
        problem = "must begin with postgresql://; Baken knows no other database."
        raise environment.EnvironmentVariableError("DATABASE_URL", problem)
    try:
        parts: dict[str, Any] = conninfo_to_dict(url)
    except ProgrammingError:  # Its text may hold the password.
        problem = "is not an address that PostgreSQL understands."
        raise environment.EnvironmentVariableError("DATABASE_URL", problem) from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "postgres"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": parts,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


def _secret_key() -> str:
    """Return the key that signs sessions; `manage create_keys` writes the file."""
    path = KEYS / "session.key"
    return environment.secret("BAKEN_SECRET_KEY", path.read_text() if path.is_file() else "")


DATABASES = {"default": _database(DATABASE_URL)}
SECRET_KEY = _secret_key()
DEBUG = False
ALLOWED_HOSTS = environment.text("BAKEN_HOSTS", "127.0.0.1,localhost,[::1]").split(",")

# The channels: name -> (class, what its constructor is given)
CHANNELS: dict[str, tuple[str, dict[str, str]]] = {
    "whatsapp": (
        "hotline.channels.whatsapp.adapter.WhatsApp",
        {
            "api_url": environment.text("WHATSAPP_API_URL", "https://graph.facebook.com"),
            "api_version": environment.text("WHATSAPP_API_VERSION", "v25.0"),
            "phone_number_id": environment.text("WHATSAPP_PHONE_NUMBER_ID"),
            "access_token": environment.secret("WHATSAPP_ACCESS_TOKEN"),
            "app_secret": environment.secret("WHATSAPP_APP_SECRET"),
            "verify_token": environment.secret("WHATSAPP_VERIFY_TOKEN"),
        },
    ),
    "telegram": (
        "hotline.channels.telegram.adapter.Telegram",
        {
            "api_url": environment.text("TELEGRAM_API_URL", "https://api.telegram.org"),
            "bot_token": environment.secret("TELEGRAM_BOT_TOKEN"),
            "secret_token": environment.secret("TELEGRAM_SECRET_TOKEN"),
        },
    ),
    "signal": (
        "hotline.channels.signal.adapter.Signal",
        {
            "api_url": environment.text("SIGNAL_API_URL", "http://127.0.0.1:8090"),
            "account": environment.text("SIGNAL_ACCOUNT"),
        },
    ),
    "webform": ("hotline.channels.webform.adapter.Webform", {}),
}

# Django
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "axes",
    "csp",
    "hotline.accounts",
    "hotline.custody",
    "hotline.vault",
    "hotline.registry",
    "hotline.intake",
    "hotline.matching",
    "hotline.assessment",
    "hotline.exchange",
    "hotline.pipeline",
    "hotline.console",
    "hotline.webhooks",
    "hotline",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hotline.console.context.installation",
            ],
        },
    }
]
ROOT_URLCONF = "hotline.urls"
WSGI_APPLICATION = "hotline.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("nl", "Nederlands")]
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_DELIVERY_BYTES

# Who comes in, and for how long
AUTH_USER_MODEL = "accounts.Analyst"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "hotline.accounts.sign_in.OneTimeLinkBackend",
]
LOGIN_URL = "/sign-in"
SESSION_COOKIE_AGE = int(timedelta(minutes=30).total_seconds())  # without a request
SESSION_SAVE_EVERY_REQUEST = False  # a page that polls would never end; console/access.py saves
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "hotline.console.errors.forged"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = ["ip_address"]
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "console/locked_out.html"

# What a browser may do with our pages
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:"],  # a revealed picture lives in the page's memory only
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"  # with no-referrer, browsers post forms as Origin: null
SECURE_CONTENT_TYPE_NOSNIFF = True
IS_HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = ["^health$", "^ready$"]  # asked from inside, without the proxy
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# Jobs
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "steps"  # hotline/pipeline/steps.py
PROCRASTINATE_IMPORT_PATHS = ["hotline.pipeline.sweep"]

# Logs: structured, on standard output; hotline/journal.py says what may stand in them
LOGGING_CONFIG = "hotline.journal.configure"
LOGGING = {"level": environment.text("BAKEN_LOG_LEVEL", "INFO"), "is_terminal": sys.stderr.isatty()}
