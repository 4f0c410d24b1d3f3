"""How each package manager reads its command line.

Source: the managers' manual pages and ``--help``; only options that change how the words after
them are read are listed.
"""

from __future__ import annotations

from typing import Final

from jettison.shell.managers import PYTHON, Grammar, Manager, Verb

__all__ = ["GRAMMARS"]


def _verbs(**texts: str) -> dict[tuple[str, ...], Verb]:
    """``install="install i mod.get"``: blanks part the spellings, dots join the words of one."""
    return {
        tuple(spelling.split(".")): Verb(verb)
        for verb, spellings in texts.items()
        for spelling in spellings.split()
    }


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NODE_VALUED = _set(
    "--prefix --cache --registry --userconfig --workspace --loglevel --omit --include --tag --cwd "
    "--cache-folder --modules-folder --filter -F --store-dir --dir -C --network-timeout --mutex "
    "--network-concurrency --script-shell --install-strategy --reporter --only"
)
_PIP_VALUED = _set(
    "-r --requirement -c --constraint -e --editable -t --target --prefix --root --src -i "
    "--index-url --extra-index-url -f --find-links --platform --python-version --implementation "
    "--abi --upgrade-strategy --no-binary --only-binary --progress-bar --report --cache-dir "
    "--timeout --trusted-host --cert --client-cert --proxy --retries --log --exists-action "
    "--global-option --config-settings -C --python -d --dest -w --wheel-dir --build-option "
    "--group --use-feature --use-deprecated --root-user-action "
    "--keyring-provider --no-build-package"
)
_UV_VALUED = _PIP_VALUED | _set(
    "--constraints --requirements -b --build-constraints --override --overrides --extra "
    "--only-group --no-group --package -p --index --default-index --index-strategy --link-mode "
    "--resolution --prerelease --exclude-newer --directory --project --config-file "
    "--no-install-package --no-extra --refresh-package --reinstall-package --upgrade-package -P "
    "--bounds --optional --with --with-requirements --with-editable --color --torch-backend"
)
_REQUIREMENTS = _set("-r --requirement --requirements -c --constraint --constraints")

GRAMMARS: Final = (
    Grammar(
        Manager.APT,
        (("apt-get",), ("apt",), ("aptitude",)),
        _verbs(
            install="install reinstall build-dep",
            remove="remove purge",
            update="update",
            upgrade="upgrade dist-upgrade full-upgrade safe-upgrade",
            autoremove="autoremove autopurge auto-remove",
            clean="clean autoclean auto-clean distclean dist-clean",
            download="download source",
        ),
        _set(
            "-t --target-release --default-release -o --option -c --config-file -a "
            "--host-architecture -P --build-profiles --solver"
        ),
    ),
    Grammar(
        Manager.APK,
        (("apk",),),
        _verbs(
            install="add",
            remove="del",
            update="update",
            upgrade="upgrade",
            clean="cache.clean cache.purge",
            download="fetch cache.download",
        ),
        _set(
            "-t --virtual -p --root -X --repository --repositories-file --keys-dir --cache-dir "
            "--cache-max-age --arch --wait --timeout -o --output"
        ),
    ),
    Grammar(
        Manager.DNF,
        (("dnf[45]?",), ("yum",), ("microdnf",), ("tdnf",)),
        _verbs(
            install="install localinstall reinstall groupinstall group.install builddep",
            remove="remove erase groupremove group.remove",
            update="makecache check-update",
            upgrade="upgrade update distro-sync upgrade-minimal update-minimal",
            autoremove="autoremove",
            clean="clean",
            download="download",
        ),
        _set(
            "-c --config --installroot --releasever --enablerepo --disablerepo --repo --repoid -x "
            "--exclude --setopt -e --errorlevel -d --debuglevel --forcearch --disableplugin "
            "--enableplugin -R --randomwait --color --comment --destdir --downloaddir"
        ),
    ),
    Grammar(
        Manager.ZYPPER,
        (("zypper",),),
        _verbs(
            install="install in",
            remove="remove rm",
            update="refresh ref",
            upgrade="update up dist-upgrade dup patch",
            clean="clean cc",
            download="download",
        ),
        _set(
            "-c --config -D --reposd-dir -C --cache-dir -R --root --installroot --gpg-auto-import "
            "-p --plus-repo -r --repo --from -t --type"
        ),
    ),
    Grammar(
        Manager.PIP,
        (
            (r"pip(\d+(\.\d+)?)?",),
            (PYTHON, "-m", "pip"),
        ),
        _verbs(
            install="install",
            remove="uninstall",
            download="download",
            build="wheel",
            clean="cache.purge cache.remove",
        ),
        _PIP_VALUED,
        _REQUIREMENTS,
        _set("-e --editable"),
    ),
    Grammar(
        Manager.UV,
        (("uv",), (PYTHON, "-m", "uv")),
        _verbs(
            install="add sync pip.install pip.sync tool.install python.install",
            remove="remove pip.uninstall tool.uninstall python.uninstall",
            clean="cache.clean cache.prune clean",
            build="build",
            run="run",
        ),
        _UV_VALUED,
        _REQUIREMENTS,
        _set("-e --editable"),
    ),
    Grammar(
        Manager.POETRY,
        (("poetry",), (PYTHON, "-m", "poetry")),
        _verbs(
            install="install add sync",
            remove="remove",
            upgrade="update",
            clean="cache.clear",
            build="build",
            run="run",
        ),
        _set(
            "--without --with --only -E --extras -G --group -C --directory -P --project --python "
            "--platform --source"
        ),
    ),
    Grammar(
        Manager.PIPENV,
        (("pipenv",), (PYTHON, "-m", "pipenv")),
        _verbs(
            install="install sync",
            remove="uninstall",
            upgrade="update upgrade",
            autoremove="clean",
            run="run",
        ),
        _set("-r --requirements -e --editable -i --index --python --categories --extra-pip-args"),
        _set("-r --requirements"),
        _set("-e --editable"),
    ),
    Grammar(
        Manager.PDM,
        (("pdm",), (PYTHON, "-m", "pdm")),
        _verbs(
            install="install sync add",
            remove="remove",
            upgrade="update",
            clean="cache.clear",
            build="build",
            run="run",
        ),
        _set("-G --group --without --with -p --project -L --lockfile -k --skip -e --editable"),
        frozenset(),
        _set("-e --editable"),
    ),
    Grammar(
        Manager.CONDA,
        (("conda",), ("mamba",), ("micromamba",)),
        _verbs(
            install="install create env.create",
            remove="remove uninstall env.remove",
            upgrade="update upgrade env.update",
            clean="clean",
            run="run",
        ),
        _set("-n --name -p --prefix -f --file -c --channel --solver --platform -r --root-prefix"),
        _set("-f --file"),
        clusters=False,
    ),
    Grammar(
        Manager.NPM,
        (("npm",),),
        _verbs(
            install="install i in add ci clean-install install-clean isntall install-test it",
            remove="uninstall remove rm r un unlink",
            upgrade="update up upgrade",
            autoremove="prune dedupe",
            clean="cache.clean cache.clear cache.rm",
            build="rebuild rb",
            run="run run-script exec x test t start",
        ),
        _NODE_VALUED | _set("-w"),
    ),
    Grammar(
        Manager.PNPM,
        (("pnpm",),),
        _verbs(
            install="install i add ci",
            remove="remove rm uninstall un",
            upgrade="update up upgrade",
            autoremove="prune",
            clean="store.prune cache.delete",
            download="fetch",
            build="rebuild rb",
            run="run exec dlx test start build",
        ),
        _NODE_VALUED,
    ),
    Grammar(
        Manager.YARN,
        (("yarn",), ("yarnpkg",)),
        _verbs(
            install="install add global.add workspaces.focus",
            remove="remove global.remove",
            upgrade="upgrade up",
            autoremove="autoclean",
            clean="cache.clean",
            run="run exec dlx test start build",
        ),
        _NODE_VALUED,
        bare=Verb.INSTALL,
    ),
    Grammar(
        Manager.BUN,
        (("bun",),),
        _verbs(
            install="install i add a ci",
            remove="remove rm",
            upgrade="update",
            clean="pm.cache.rm",
            build="build",
            run="run x test start",
        ),
        _NODE_VALUED | _set("--backend --config -c --omit"),
    ),
    Grammar(
        Manager.BUNDLE,
        (("bundle",), ("bundler",)),
        _verbs(
            install="install add",
            remove="remove",
            upgrade="update",
            autoremove="clean",
            download="cache package",
            run="exec",
        ),
        _set(
            "--gemfile --path --jobs -j --retry --without --with --binstubs --standalone "
            "--trust-policy --target-rbconfig -g --group -v --version"
        ),
        bare=Verb.INSTALL,
    ),
    Grammar(
        Manager.GEM,
        (("gem",),),
        _verbs(
            install="install i",
            remove="uninstall",
            upgrade="update",
            clean="cleanup sources.--clear-all",
            download="fetch",
            build="build",
        ),
        _set("-v --version -i --install-dir -n --bindir -P --trust-policy -s --source --platform"),
    ),
    Grammar(
        Manager.COMPOSER,
        (("composer",), ("composer.phar",), ("php", "composer.phar")),
        _verbs(
            install="install i require r create-project global.require global.install",
            remove="remove rm uninstall",
            upgrade="update u upgrade",
            clean="clear-cache clearcache cc",
            run="run-script run exec",
        ),
        _set(
            "-d --working-dir --prefer-install --ignore-platform-req --format "
            "--apcu-autoloader-prefix"
        ),
    ),
    Grammar(
        Manager.GO,
        (("go",),),
        _verbs(
            install="install get",
            download="mod.download",
            autoremove="mod.tidy",
            clean="clean",
            build="build",
            run="run test generate tool",
        ),
        _set(
            "-o -ldflags -tags -gcflags -asmflags -mod -modfile -p -buildmode -compiler -C "
            "-installsuffix -pkgdir -overlay -toolexec -exec -covermode -coverpkg"
        ),
        clusters=False,
    ),
    Grammar(
        Manager.CARGO,
        (("cargo",),),
        _verbs(
            install="install add binstall",
            remove="uninstall remove",
            upgrade="update",
            download="fetch vendor",
            clean="clean",
            build="build b rustc check c",
            run="run r test t bench chef.cook chef.prepare",
        ),
        _set(
            "--version --vers --git --branch --tag --rev --path --root --registry --index -F "
            "--features --target --target-dir --profile -j --jobs --manifest-path --bin --example "
            "-p --package -Z --config --recipe-path --color --message-format -C"
        ),
    ),
)
