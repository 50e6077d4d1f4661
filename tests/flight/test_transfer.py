import asyncio
import random
from contextlib import suppress
from dataclasses import replace

import pytest
from flight_fakes import ItemStore, ScriptedLink

import flight.upload as upload_module
from flight import retry, transfer
from flight.errors import MissionRejected, ReadBackDiffers, TransferFailed
from flight.item_codec import WireItem
from flight.mission_digest import digest_of
from flight.transfer import clear, download, upload
from missions import Message
from missions.formats.mav_commands import MAV_MISSION_TYPE_FENCE, MAV_MISSION_TYPE_MISSION


def some_items(count: int, mission_type: int = MAV_MISSION_TYPE_MISSION) -> tuple[WireItem, ...]:
    return tuple(
        WireItem(
            seq=seq,
            command=16,
            frame=3,
            params=(0.0, 0.0, 0.0, 0.0),
            x=304577200 + seq,
            y=1144140500,
            z=60.0,
            mission_type=mission_type,
        )
        for seq in range(count)
    )


@pytest.fixture
def store() -> ItemStore:
    return ItemStore()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries without their waits, so that a lossy link is tested in milliseconds."""
    for name in ("_SHORTEST_S", "_JITTER_S", "_FIRST_S", "_LONGEST_S"):
        monkeypatch.setattr(retry, name, 0.003)
    monkeypatch.setattr(transfer, "_CLEAR_S", 0.2)
    monkeypatch.setattr(upload_module, "_NO_SPACE_RETRY_S", 0.01)
    monkeypatch.setattr(upload_module, "_DENIED_RETRY_S", 0.01)


@pytest.mark.parametrize("count", [1, 2, 60, 650])
async def test_a_list_is_stored_and_read_back(store: ItemStore, count: int) -> None:
    await upload(ScriptedLink(store.hear), some_items(count), MAV_MISSION_TYPE_MISSION)
    assert tuple(store.items[0]) == some_items(count)


async def test_requests_are_answered_with_int_items_only(store: ItemStore) -> None:
    link = ScriptedLink(store.hear)
    await upload(link, some_items(3), MAV_MISSION_TYPE_MISSION)
    assert {m.name for m in link.sent} == {
        "MISSION_COUNT",
        "MISSION_ITEM_INT",
        "MISSION_REQUEST_LIST",
        "MISSION_REQUEST_INT",
        "MISSION_ACK",
    }


async def test_a_list_that_is_too_long_is_refused_with_its_length(store: ItemStore, quick: None) -> None:  # noqa: ARG001 - asked for its effect
    with pytest.raises(MissionRejected, match=r"no space.*651 items"):
        await upload(ScriptedLink(store.hear), some_items(651), MAV_MISSION_TYPE_MISSION)


async def test_a_vehicle_that_just_started_gets_time_for_its_storage(store: ItemStore, quick: None) -> None:  # noqa: ARG001 - asked for its effect
    store.no_space_answers = 2
    await upload(ScriptedLink(store.hear), some_items(5), MAV_MISSION_TYPE_MISSION)
    assert len(store.items[0]) == 5


async def test_an_ack_without_the_items_is_no_success(store: ItemStore) -> None:
    store.change = lambda item: replace(item, z=30.0) if item.seq == 2 else item
    with pytest.raises(ReadBackDiffers, match=r"item 2 height m: sent 60\.0, stored 30\.0"):
        await upload(ScriptedLink(store.hear), some_items(4), MAV_MISSION_TYPE_MISSION)


async def test_a_lost_last_ack_is_decided_by_the_read_back(store: ItemStore, quick: None) -> None:  # noqa: ARG001 - asked for its effect
    store.lose = lambda message: message.name == "MISSION_ACK" and message.fields["type"] == 0
    await upload(ScriptedLink(store.hear), some_items(4), MAV_MISSION_TYPE_MISSION)
    assert len(store.items[0]) == 4


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("loss", [0.05, 0.2, 0.3])
async def test_a_link_that_loses_many_messages_both_ways_still_carries_a_list(
    store: ItemStore,
    quick: None,  # noqa: ARG001 - asked for its effect
    seed: int,
    loss: float,
) -> None:
    dice = random.Random(seed)
    store.lose = lambda _message: dice.random() < loss
    store.items[0] = list(some_items(90))
    await upload(ScriptedLink(store.hear), some_items(60), MAV_MISSION_TYPE_MISSION)
    assert tuple(store.items[0]) == some_items(60)


@pytest.mark.parametrize("result", [1, 3, 6])
@pytest.mark.parametrize("loss", [0.0, 0.2])
async def test_a_refusal_names_its_item(store: ItemStore, quick: None, result: int, loss: float) -> None:  # noqa: ARG001
    dice = random.Random(7)
    store.lose = lambda _message: dice.random() < loss
    store.refuse = {13: result}
    with pytest.raises(MissionRejected, match=r"item 13 of 30 items \(command 16\)") as caught:
        await upload(ScriptedLink(store.hear), some_items(30), MAV_MISSION_TYPE_MISSION)
    assert (caught.value.item, caught.value.result) == (13, result)
    assert store.items[0] == [], "no part of it stays"


async def test_a_refused_last_item_or_whole_list_is_a_refusal_though_a_lost_ack_looks_alike(
    store: ItemStore,
    quick: None,  # noqa: ARG001 - asked for its effect
) -> None:
    store.refuse = {9: 1}
    with pytest.raises(MissionRejected, match="error"):
        await upload(ScriptedLink(store.hear), some_items(10), MAV_MISSION_TYPE_MISSION)
    assert store.items[0] == []


async def test_another_stations_upload_is_waited_for(store: ItemStore, quick: None) -> None:  # noqa: ARG001
    store.denials = 3
    await upload(ScriptedLink(store.hear), some_items(5), MAV_MISSION_TYPE_MISSION)
    assert len(store.items[0]) == 5


async def test_a_list_that_is_refused_before_it_began_leaves_the_former_one(store: ItemStore, quick: None) -> None:  # noqa: ARG001
    store.items[0] = list(some_items(4))
    with pytest.raises(MissionRejected, match="no space"):
        await upload(ScriptedLink(store.hear), some_items(651), MAV_MISSION_TYPE_MISSION)
    assert tuple(store.items[0]) == some_items(4)


def other_items(count: int) -> list[WireItem]:
    return [replace(item, z=20.0) for item in some_items(count)]


class Cancelling(ScriptedLink):
    """A link whose user goes away when so many messages were sent."""

    def __init__(self, store: ItemStore, after: int) -> None:
        super().__init__(store.hear)
        self.after, self.task = after, asyncio.current_task()

    async def send(self, message: Message) -> None:
        """Cancel at the moment of one message."""
        await super().send(message)
        if len(self.sent) == self.after and self.task is not None:
            self.task.cancel()
        await asyncio.sleep(0)


@pytest.mark.parametrize("armed", [False, True])
async def test_an_upload_cancelled_at_any_message_leaves_a_whole_list_or_none(armed: bool) -> None:
    left: set[int] = set()
    for after in range(1, 200):
        store = ItemStore()
        store.items[0] = other_items(9)
        made: list[Cancelling] = []

        async def go(store: ItemStore = store, after: int = after, made: list[Cancelling] = made) -> None:
            link = Cancelling(store, after)
            made.append(link)
            link.publish(Message("HEARTBEAT", {"type": 2, "autopilot": 3, "base_mode": 209 if armed else 81}))
            await upload(link, some_items(6), MAV_MISSION_TYPE_MISSION)

        task = asyncio.create_task(go())
        with suppress(asyncio.CancelledError):
            await task
        whole = [other_items(9), list(some_items(6)), *([] if armed else [[]])]
        assert store.items[0] in whole, f"cancelled at message {after}"
        left.add(whole.index(store.items[0]))
        if len(made[0].sent) < after:
            break
    else:
        pytest.fail("no upload came to its end")
    assert left == ({0, 1} if armed else {1, 2})


async def test_an_upload_that_never_ends_leaves_nothing(store: ItemStore, quick: None) -> None:  # noqa: ARG001
    store.items[0] = other_items(9)
    store.lose = lambda message: message.name == "MISSION_ITEM_INT" and message.fields["seq"] == 4
    with pytest.raises(TransferFailed, match=r"within 0\.3 s"):
        await upload(ScriptedLink(store.hear), some_items(6), MAV_MISSION_TYPE_MISSION, timeout_s=0.3)
    assert store.items[0] == []


async def test_a_vehicle_that_cannot_be_reached_any_more_is_named_as_one_that_may_hold_a_part(
    store: ItemStore,
    quick: None,  # noqa: ARG001 - asked for its effect
) -> None:
    link = ScriptedLink(store.hear)
    store.lose = lambda _message: len(link.sent) > 4
    with pytest.raises(TransferFailed) as caught:
        await upload(link, some_items(6), MAV_MISSION_TYPE_MISSION, timeout_s=0.3)
    assert caught.value.__notes__ == ["the vehicle cannot be reached: it may hold a part of the mission"]


async def test_a_list_is_cleared_and_looked_at(store: ItemStore) -> None:
    store.items[0] = other_items(9)
    await clear(ScriptedLink(store.hear), MAV_MISSION_TYPE_MISSION)
    assert store.items[0] == []
    with pytest.raises(TransferFailed, match="did not clear its fence"):
        await clear(ScriptedLink(lambda _message: []), MAV_MISSION_TYPE_FENCE, timeout_s=0.1)


async def test_progress_is_told_as_the_vehicle_takes_items(store: ItemStore) -> None:
    told: list[tuple[int, int]] = []
    await upload(
        ScriptedLink(store.hear), some_items(5), MAV_MISSION_TYPE_MISSION, progress=lambda *at: told.append(at)
    )
    assert told == [(0, 5), (1, 5), (2, 5), (3, 5), (4, 5)]


async def test_the_digest_is_of_what_was_read_back_and_tells_lists_apart(store: ItemStore) -> None:
    store.change = lambda item: replace(item, z=round(item.z, 1))
    sent = tuple(replace(item, z=60.004) for item in some_items(5))
    digest = await upload(ScriptedLink(store.hear), sent, MAV_MISSION_TYPE_MISSION)
    stored = await download(ScriptedLink(store.hear), MAV_MISSION_TYPE_MISSION)
    assert digest == digest_of(stored)
    assert digest == digest_of([replace(stored[0], x=1, y=2), *stored[1:]]), "home moves"
    for other in (stored[:4], (*stored[:4], replace(stored[4], y=stored[4].y + 1)), other_items(5)):
        assert digest_of(other) != digest


async def test_messages_of_another_list_are_not_ours(store: ItemStore) -> None:
    def noisy(message: Message) -> list[Message]:
        stray = Message("MISSION_ACK", {"type": 14, "mission_type": MAV_MISSION_TYPE_FENCE})
        return [stray, *store.hear(message)]

    await upload(ScriptedLink(noisy), some_items(3), MAV_MISSION_TYPE_MISSION)
    assert len(store.items[0]) == 3


async def test_a_silent_vehicle_ends_an_upload_by_its_deadline(quick: None) -> None:  # noqa: ARG001 - asked for its effect
    with pytest.raises(TransferFailed, match="mission"):
        await upload(ScriptedLink(lambda _message: []), some_items(3), MAV_MISSION_TYPE_MISSION, timeout_s=0.5)


async def test_an_empty_list_comes_back_empty(store: ItemStore) -> None:
    assert await download(ScriptedLink(store.hear), MAV_MISSION_TYPE_FENCE) == ()
