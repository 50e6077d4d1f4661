import random
from dataclasses import replace

import pytest
from flight_fakes import ItemStore, ScriptedLink

from flight import transfer
from flight.errors import MissionRejected, ReadBackDiffers, TransferFailed
from flight.item_codec import WireItem
from flight.transfer import download, upload
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
    for name in ("_COUNT_RETRY_S", "_ITEM_RETRY_S", "_NO_SPACE_RETRY_S"):
        monkeypatch.setattr(transfer, name, 0.01)


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
async def test_a_link_that_loses_a_fifth_both_ways_still_carries_a_list(
    store: ItemStore,
    quick: None,  # noqa: ARG001 - asked for its effect
    seed: int,
) -> None:
    dice = random.Random(seed)
    store.lose = lambda _message: dice.random() < 0.2
    await upload(ScriptedLink(store.hear), some_items(60), MAV_MISSION_TYPE_MISSION)
    assert tuple(store.items[0]) == some_items(60)


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
