"""A product to compare with: Django admin's list with an action, on Freio's table in PostgreSQL.

This module is the whole site. `python -m tests.benchmarks.peers.django_site URL PORT` creates
Django's tables and serves the site as in production: with waitress, without DEBUG, and with
whitenoise for static files. The site avoids slow queries: the filters have fixed choices, no query
counts all rows, and a page has as many rows as in Freio. A filter on the account would need a
DISTINCT, so there is none. There is no trigram index, because it needs an extension of PostgreSQL.
With this index, Django's search would be faster.
"""

import sys
from urllib.parse import urlsplit

import django
from django.conf import settings

OPERATOR = PASSWORD = "operator"  # the site is temporary and listens on 127.0.0.1


def _configure(database: str) -> None:
    url = urlsplit(database)
    settings.configure(
        DEBUG=False,
        SECRET_KEY="bench",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        STATIC_URL="/static/",
        WHITENOISE_USE_FINDERS=True,
        INSTALLED_APPS=[
            *(f"django.contrib.{app}" for app in ("admin", "auth", "contenttypes", "sessions")),
            *("django.contrib.messages", "django.contrib.staticfiles"),
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": url.path.removeprefix("/"),
                "USER": url.username,
                "HOST": url.hostname,
                "PORT": url.port,
                "CONN_MAX_AGE": None,
            }
        },
    )
    django.setup()


_configure(sys.argv[1])

# Models and the admin can be imported only after Django is set up.
from django.contrib import admin, messages  # noqa: E402
from django.db import models  # noqa: E402
from django.db.models import F, QuerySet  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.urls import path  # noqa: E402

from core.domain.states import State  # noqa: E402

_CONFIRM = """
{% extends "admin/base_site.html" %}
{% block content %}
<p>Stop the following sends? Nobody will get them.</p>
<ul>{% for send in sends %}<li>{{ send.name }}: {{ send.total_records }} recipients</li>{% endfor %}</ul>
<form method="post">{% csrf_token %}
{% for send in sends %}<input type="hidden" name="_selected_action" value="{{ send.pk }}">{% endfor %}
<input type="hidden" name="action" value="abort"><input type="hidden" name="post" value="yes">
<input type="submit" value="Yes, I’m sure"></form>
{% endblock %}
"""


class Configuration(models.Model):
    """Freio's table. Django uses its primary key and its indexes on time and state too."""

    id = models.CharField(primary_key=True, max_length=200)
    name = models.CharField(max_length=500)
    state = models.CharField(max_length=30, choices=[(s.value, s.value) for s in State])
    account = models.CharField(max_length=200)
    channel = models.CharField(max_length=50, choices=[(c, c) for c in ("e-mail", "SMS")])
    total_records = models.BigIntegerField()
    generated_records = models.BigIntegerField(null=True)
    scheduled_at = models.DateTimeField()
    version = models.BigIntegerField()

    class Meta:
        app_label = "admin"
        managed = False
        db_table = "configurations"


@admin.register(Configuration)
class ConfigurationAdmin(admin.ModelAdmin):
    """The list, with the abort as an action that asks for confirmation, as Django's deletion does."""

    list_display = (
        *("id", "name", "state", "account", "channel"),
        *("total_records", "generated_records", "scheduled_at"),
    )
    list_filter = ("state", "channel")
    search_fields = ("name",)
    ordering = ("-scheduled_at",)
    list_per_page = 25
    show_full_result_count = False
    actions = ("abort",)

    @admin.action(description="Abort selected sends")
    def abort(self, request: HttpRequest, chosen: QuerySet[Configuration]) -> HttpResponse | None:
        if request.POST.get("post"):
            lawful = chosen.filter(state__in=["SCHEDULED", "IN-PROGRESS"], generated_records=0)
            stopped = lawful.update(state="CANCELLED", version=F("version") + 1)
            self.message_user(request, f"Stopped {stopped} sends.", messages.SUCCESS)
            return None
        context = {**self.admin_site.each_context(request), "title": "Abort", "sends": chosen}
        page = engines["django"].from_string(_CONFIRM)
        return HttpResponse(page.render(context, request))


urlpatterns = [path("admin/", admin.site.urls)]


def main() -> None:
    """Create Django's own tables and serve the site."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from waitress import serve

    call_command("migrate", verbosity=0)
    people = get_user_model().objects
    if not people.filter(username=OPERATOR).exists():
        people.create_superuser(OPERATOR, password=PASSWORD)
    serve(get_wsgi_application(), host="127.0.0.1", port=int(sys.argv[2]), threads=4)


if __name__ == "__main__":
    main()
