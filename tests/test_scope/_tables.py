"""Tables of decisions as somebody would write them who could make the check values himself."""

from collections.abc import Sequence

from exchange.decision_sheet import sealer
from workflow.actors import Actor


def decided(noun: str, actor: Actor, marks: Sequence[tuple[str, int]], decision: str) -> str:
    """Return a CSV that decides alike on rows, given by reference and version, as if the actor had exported them."""
    seal = sealer(actor, noun)
    lines = [f"{ref},{seen},{seal(ref, seen)},{decision},请核对后重新提交" for ref, seen in marks]
    return "\n".join(["行编号,行版本,行校验,处理意见,意见", *lines])
