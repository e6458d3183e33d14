"""Files on their way live as long as the provider would keep them."""

from itertools import count

from phone.media import MediaStore


class Clock:
    """A clock that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def store(clock: Clock) -> MediaStore:
    numbers = count(1)
    return MediaStore(lambda: str(next(numbers)), media_seconds=100, address_seconds=5, clock=clock)


def test_an_address_expires_before_its_file() -> None:
    clock = Clock()
    kept = store(clock)
    media = kept.add(b"x", "image/jpeg")
    address = kept.address(media)
    assert kept.at_address(address) == media
    clock.now += 6
    assert kept.at_address(address) is None
    assert kept.find(media.id) == media
    clock.now += 100
    assert kept.find(media.id) is None


def test_the_same_bytes_have_the_same_unique_id() -> None:
    kept = store(Clock())
    first, second = kept.add(b"x", "image/jpeg"), kept.add(b"x", "image/jpeg")
    assert first.id != second.id
    assert first.unique_id == second.unique_id
