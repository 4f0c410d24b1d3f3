"""Dockerfile text to tokens, instructions and stages and back without loss.

>>> from jettison.dockerfile import parse_text
>>> file = parse_text("FROM python:3.12 AS app\\nRUN pip install flask\\n")
>>> file.stage("app").instructions[0].command
'pip install flask'
"""

from jettison.dockerfile.arguments import DEFAULT_PLATFORM, global_scope, platform_args
from jettison.dockerfile.editor import Block, DockerfileEditor
from jettison.dockerfile.expanding import expand_instruction
from jettison.dockerfile.expansion import ExpansionError, Lexer, expand, expand_words
from jettison.dockerfile.heredocs import Heredoc, HeredocWord
from jettison.dockerfile.instructions import (
    Add,
    Arg,
    ArgPair,
    Cmd,
    CommandInstruction,
    Copy,
    Entrypoint,
    Env,
    Expose,
    FileInstruction,
    Flag,
    From,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Mount,
    Onbuild,
    Pair,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from jettison.dockerfile.lines import Directive
from jettison.dockerfile.logical import LogicalText
from jettison.dockerfile.parsing import parse, parse_text
from jettison.dockerfile.stages import Directives, Dockerfile, Reference, Stage
from jettison.dockerfile.state import DEFAULT_PATH, DEFAULT_SHELL, State
from jettison.dockerfile.states import Settings, Step, all_states, final_state, states
from jettison.dockerfile.tokens import Token, TokenKind, tokenize

__all__ = [
    "DEFAULT_PATH",
    "DEFAULT_PLATFORM",
    "DEFAULT_SHELL",
    "Add",
    "Arg",
    "ArgPair",
    "Block",
    "Cmd",
    "CommandInstruction",
    "Copy",
    "Directive",
    "Directives",
    "Dockerfile",
    "DockerfileEditor",
    "Entrypoint",
    "Env",
    "ExpansionError",
    "Expose",
    "FileInstruction",
    "Flag",
    "From",
    "Healthcheck",
    "Heredoc",
    "HeredocWord",
    "Instruction",
    "Label",
    "Lexer",
    "LogicalText",
    "Maintainer",
    "Mount",
    "Onbuild",
    "Pair",
    "Reference",
    "Run",
    "Settings",
    "Shell",
    "Stage",
    "State",
    "Step",
    "Stopsignal",
    "Token",
    "TokenKind",
    "User",
    "Volume",
    "Workdir",
    "all_states",
    "expand",
    "expand_instruction",
    "expand_words",
    "final_state",
    "global_scope",
    "parse",
    "parse_text",
    "platform_args",
    "states",
    "tokenize",
]
