from __future__ import annotations

from collections.abc import Sequence

from ._errors import invalid
from ._options import (
    NOT_GIVEN,
    NotGiven,
    counts,
    durations,
    flags,
    not_zero,
    patience,
    texts,
    waits,
)


def changes_options(
    since: object,
    *,
    select: Sequence[str] | None = None,
    page_size: int | None = None,
    prefer: Sequence[str] | None = None,
    exclude_parents: bool | None = None,
    live_timeout: float | None = None,
    quiet_time: float | None = None,
    max_delay: float | None = None,
    lag_delays: Sequence[float] | None = None,
    poll_interval: float | None = None,
    safety_interval: float | NotGiven | None = NOT_GIVEN,
) -> dict[str, object]:
    """The options of `Client.changes` that were given, as the native client takes them."""
    # What is not ASCII is no checkpoint; whether the rest is one, the core knows.
    if not isinstance(since, str) or not since.isascii():
        raise invalid("since", 'give "start", "now" or the checkpoint of a batch')
    not_zero({"poll_interval": poll_interval, "safety_interval": safety_interval})
    return {
        **texts({"select": select, "prefer": prefer}),
        **counts({"page_size": page_size}),
        **flags({"exclude_parents": exclude_parents}),
        **durations(
            {
                "live_timeout": live_timeout,
                "quiet_time": quiet_time,
                "max_delay": max_delay,
                "poll_interval": poll_interval,
            }
        ),
        **waits({"lag_delays": lag_delays}),
        **patience("safety_interval", safety_interval),
    }
