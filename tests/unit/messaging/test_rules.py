"""The one list of reasons: each has a code, a stage and a sentence, and is spelled nowhere else."""

import ast
from pathlib import Path

import pytest

import messaging
from messaging.rules import Rule, rule_of

PACKAGE = Path(messaging.__file__).parent
LITERALS = {rule.value for rule in Rule if "_" in rule}  # "file" and "smtp" are channels, too


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_has_a_sentence(rule):
    """What people read is a clause of its own: it goes behind a colon or a dash."""
    assert rule == rule.value
    assert rule.sentence
    assert rule.sentence[0].islower()
    assert not rule.sentence.endswith(".")


@pytest.mark.parametrize(
    ("reason", "rule"),
    [
        ("no_consent", Rule.NO_CONSENT),
        ("smtp_550_5.1.1", Rule.SMTP),
        ("smtp_sender_550_5.1.8", Rule.SMTP_SENDER),
        ("smtp_setup_535_5.7.8", Rule.SMTP_SETUP),
        ("file_enospc", Rule.FILE),
        ("file_bad_text", Rule.FILE_BAD_TEXT),
        ("", None),
        ("nothing_of_the_kind", None),
    ],
)
def test_the_rule_behind_a_reason(reason, rule):
    """What a server answered is no part of the rule; a reason nobody knows has none."""
    assert rule_of(reason) is rule


@pytest.mark.parametrize(
    "path", [p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "rules.py"], ids=lambda p: p.stem
)
def test_no_reason_is_spelled_elsewhere(path):
    """A typo in a second spelling would silently spend a budget or lose a count."""
    tree = ast.parse(path.read_text())
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]
    spelled = {code for code in LITERALS for text in texts if text == code or f"'{code}'" in text}
    assert spelled <= ({"not_begun"} if path.name == "ports.py" else set())
