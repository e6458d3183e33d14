"""How every bench reports: a table for people, one JSON object a line for machines."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """One measured figure; `ratio` is peer / value, so that more is better."""

    metric: str
    value: float
    unit: str
    peer: str = ""
    peer_value: float | None = None

    @property
    def ratio(self) -> float | None:
        """Return how many times better than the peer or the limit this is."""
        return self.peer_value / self.value if self.peer_value and self.value else None

    def as_json(self) -> str:
        """Return the line for machines."""
        line: dict[str, object] = {
            "metric": self.metric,
            "value": round(self.value, 4),
            "unit": self.unit,
        }
        if self.ratio is not None:
            line |= {"peer": self.peer, "ratio": round(self.ratio, 2)}
        return json.dumps(line)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def report(title: str, results: Sequence[Result]) -> None:
    """Print the table and the lines."""
    print(f"\n## {title}\n\n| figure | value | against | ratio |\n|---|---|---|---|")
    for one in results:
        ratio = f"{one.ratio:.1f}x" if one.ratio is not None else ""
        print(f"| {one.metric} | {one.value:.3g} {one.unit} | {one.peer} | {ratio} |")
    print()
    for one in results:
        print(one.as_json())
