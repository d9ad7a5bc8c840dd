"""The small drawings of which a list shows a hundred, each drawn once."""

from functools import lru_cache

from markupsafe import Markup

from concierge.basics.text import _

_RECT = Markup('<rect x="{:.2f}" y="0" width="{:.2f}" height="6" rx="1" class="{}"></rect>')
_WIDTH, _GAP = 84, 2


@lru_cache(maxsize=2048)
def icon(sprite: str, name: str, label: str = "") -> Markup:
    """A symbol of the sprite at that address; a label only where no words stand beside it."""
    said = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="i" {}><use href="{}#{}"></use></svg>').format(said, sprite, name)


def mini_steps(at: int, total: int, hot: bool = False) -> Markup:
    """The step bar of a table cell; step `at` (1..total) is the present one, amber when hot."""
    return _bar(str(_("Step %(at)s of %(total)s", at=at, total=total)), at, total, hot) if total else Markup()


@lru_cache(maxsize=1024)
def _bar(words: str, at: int, total: int, hot: bool) -> Markup:
    kinds = ["off" if n > at else "hot" if hot and n == at else "on" for n in range(1, total + 1)]
    step = _WIDTH / total
    drawn = Markup().join(_RECT.format(n * step, step - _GAP, kind) for n, kind in enumerate(kinds))
    return Markup('<svg class="t-mini" viewBox="0 0 84 6" role="img"><title>{}</title>{}</svg>').format(words, drawn)
