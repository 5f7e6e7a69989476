"""The view of the application for an actor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from core.access.permissions import visible_accounts
from core.domain.alerts import Alert
from core.domain.freshness import Freshness
from core.domain.model import Actor, ConfigurationId
from core.errors import DemoOverError
from core.runtime.application import Application
from core.services.concerns import Concerns
from core.services.queries import Queries
from core.services.shared_cache import in_steps

#: The maximum number of alerts for an actor with limited accounts.
MAX_CHECKED_ALERTS: Final = 200


@dataclass(frozen=True, slots=True)
class ActorView:
    """What an actor is allowed to see. During a run of a page, `now` is constant."""

    app: Application
    actor: Actor
    now: datetime
    queries: Queries
    concerns: Concerns

    def in_step(self) -> ActorView:
        """Return this view with `now` rounded down.

        Views with an equal `now` share cached results.
        """
        now = in_steps(self.now)
        return replace(
            self,
            now=now,
            queries=replace(self.queries, clock=lambda: now),
            concerns=replace(self.concerns, clock=lambda: now),
        )

    def current_alerts(self) -> Sequence[Alert]:
        """Return the visible alerts."""
        alerts = self.queries.cache.uncached(lambda: self.app.alerts.current)
        if self.queries.visible is None:
            return alerts
        ids = {a.event: a.configuration_id for a in alerts[:MAX_CHECKED_ALERTS]}
        visible = {e for e, id in ids.items() if id and self.queries.configuration(id)}
        return [alert for alert in alerts if alert.event in visible]

    def alerted(self) -> tuple[ConfigurationId, ...]:
        """Return the sorted ids of sends with an alert, an unusual size or a possible duplicate."""
        unusual = self.queries.unusual_sends()
        found = {a.configuration_id for a in self.current_alerts()}
        found |= {send.id for send in (*unusual.large, *unusual.alike)}
        return tuple(sorted(id for id in found if id is not None))

    def freshness(self) -> Freshness:
        """Return how old the facts are."""
        return self.app.freshness(self.now)

    def facts_at(self) -> datetime | None:
        """Return the time at which the source last confirmed the facts, or None."""
        return self.app.facts_at(self.now)


def view_for(app: Application, actor: Actor) -> ActorView:
    """Return the view for an actor at this moment."""
    visible, cache, now = visible_accounts(actor), app.cache, app.clock()
    if actor.only_demo:

        def require_demo() -> None:
            # This check runs after each query. If the store has demo data now, the query read only
            # demo data, because demo data never replaces other data.
            if not app.demo.is_only_data():
                raise DemoOverError

        cache = cache.checked(require_demo)
    return ActorView(
        app,
        actor,
        now,
        replace(app.queries, visible=visible, cache=cache, clock=lambda: now),
        replace(app.concerns, accounts=visible, cache=cache, clock=lambda: now),
    )
