"""How trackers and the guard did is told from the runs."""

from sync.state import Store
from sync.state.pulse import GUARD, Felt, Pulse, note, pulses

FIRST, LATER = "2026-03-01T12:00:00+00:00", "2026-03-01T12:05:00+00:00"


def test_requests_add_up_and_what_went_well_last_stays_known(store: Store) -> None:
    note(store.engine, "shop", {"jira": Felt(requests=3), GUARD: Felt()}, FIRST)
    note(store.engine, "shop", {"jira": Felt("it is down", 2)}, LATER)
    assert pulses(store.engine) == {
        "shop": {"": Pulse(FIRST, None, 0), "jira": Pulse(FIRST, "it is down", 5)}
    }


def test_what_goes_well_again_is_no_longer_wrong(store: Store) -> None:
    note(store.engine, "shop", {"jira": Felt("it is down")}, FIRST)
    assert pulses(store.engine)["shop"]["jira"] == Pulse(None, "it is down", 0)
    note(store.engine, "shop", {"jira": Felt()}, LATER)
    assert pulses(store.engine)["shop"]["jira"] == Pulse(LATER, None, 0)
