"""Settings of a Django site that has dj-stripe and nothing else; read by that environment's Python, not by ours."""

import os

SYNCHRONOUS = os.environ.get("PEER_SYNCHRONOUS", "FULL")
SECRET_KEY = "bench"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
ROOT_URLCONF = "djstripe.urls"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "djstripe"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING_CONFIG = None

STRIPE_TEST_SECRET_KEY = "sk_test_benchbenchbenchbenchbench"
STRIPE_LIVE_MODE = False
STRIPE_API_HOST = os.environ.get("PEER_STRIPE", "http://127.0.0.1:9")
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"

folder, _, name = os.environ["PEER_DATABASE"].rpartition("/")
if name.endswith(".db"):
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": f"{folder}/{name}",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "init_command": f"PRAGMA journal_mode = WAL; PRAGMA synchronous = {SYNCHRONOUS}",
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
            },
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "HOST": folder,
            "USER": "postgres",
            "CONN_MAX_AGE": None,
        }
    }


def store_only(_trigger: object, api_key: str) -> None:
    """What dj-stripe calls instead of working on an event: nothing more than storing is wanted."""


if os.environ.get("PEER_STORES_ONLY"):
    DJSTRIPE_WEBHOOK_EVENT_CALLBACK = store_only
