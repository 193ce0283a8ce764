"""The cluster's rules, checked at synth."""

from t3afk_constructs.guardrails.finding import Finding, Identity, Severity
from t3afk_constructs.guardrails.guard import guard, silence
from t3afk_constructs.guardrails.rules import RULES, Rule, check

__all__ = ["RULES", "Finding", "Identity", "Rule", "Severity", "check", "guard", "silence"]
