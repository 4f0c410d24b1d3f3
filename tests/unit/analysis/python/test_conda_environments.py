"""What conda environment files list."""

from __future__ import annotations

from jettison.analysis.python.conda_environments import listed


def test_packages_of_conda_and_of_pip_are_read_with_their_lines() -> None:
    text = (
        "name: app\nchannels:\n  - conda-forge\ndependencies:\n- python=3.11\n"
        "- conda-forge::Scikit_Learn>=1.4\n\n# tools\n- 'black'\n- pip:\n"
        "  - pytest==8.4.0  # tests\n  - git+https://example.com/x\n  - -r more.txt\n- pip\n"
        "prefix: /opt/x\n- lost\n"
    )
    assert listed(text) == {"python": 5, "scikit-learn": 6, "black": 9, "pytest": 11, "pip": 14}


def test_what_is_no_environment_lists_nothing() -> None:
    assert listed("- a\nservices:\n  - b\n") == {}
    assert listed("dependencies: [a, b]\n") == {}
