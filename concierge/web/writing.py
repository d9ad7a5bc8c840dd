"""How templates write their values: as Jinja does, with less ado about the thousands that hold nothing to escape."""

import re
from typing import Any

from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Call, Const, Expr, Name
from markupsafe import Markup, escape

from concierge.basics.text import Bilingual, Text

_to_escape = re.compile("[&<>'\"]").search


def written(value: Any) -> str:
    """A value in the text of a page, escaped as `markupsafe.escape` does; a third of a page's time went there.

    The result joins the page as it is, so that markup stays what it is and plain words need no markup around them.
    """
    kind = type(value)
    if kind is Markup:
        return value  # type: ignore[no-any-return]  # its type has just been looked at
    words = str(value) if kind is Text or kind is Bilingual else value
    if type(words) is str and _to_escape(words) is None:
        return words
    return escape(words)


class Writer(CodeGenerator):
    """Jinja's compiler, which writes values by `written` where they are to be escaped, and asks for fixed words at
    once instead of looking each time for what `_` may mean here."""

    def visit_Call(self, node: Call, frame: Frame, forward_caller: bool = False) -> None:
        """A call in a template."""
        plain = not (node.kwargs or node.dyn_args or node.dyn_kwargs) and len(node.args) == 1
        if not (plain and isinstance(node.node, Name) and node.node.name == "_" and isinstance(node.args[0], Const)):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.write("environment.spoken(")
        self.visit(node.args[0], frame)
        self.write(")")

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
            return
        self.write("environment.written(")
        if finalize.src is not None:
            self.write(finalize.src)
