"""How many conversions may be asked for at once: fewer when the service is busy, more again with success.

Additive increase, multiplicative decrease: half as many at each refusal, one
more for each full set of successes, between 1 and the number of workers.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Crowd:
    """What the service bears at present."""

    most: int
    """The number of workers."""
    limit: int
    good: int = 0
    """Successes since the limit last changed."""

    def resized(self, workers: int) -> "Crowd":
        """Return the crowd for another number of workers; what the service bears is found out anew."""
        return self if workers == self.most else Crowd(workers, workers)

    def refused(self) -> "Crowd":
        """Return the crowd after the service said that it is busy."""
        return replace(self, limit=max(1, self.limit // 2), good=0)

    def served(self) -> "Crowd":
        """Return the crowd after the service took a conversion."""
        if self.limit >= self.most:
            return self
        if self.good + 1 >= self.limit:
            return replace(self, limit=self.limit + 1, good=0)
        return replace(self, good=self.good + 1)
