#!/bin/sh
# Run what is in /docker-entrypoint.d, then the command.
set -e

note() {
    [ -n "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ] || echo "$0: $*"
}

if [ "$1" = nginx ] || [ "$1" = nginx-debug ]; then
    for script in $(find /docker-entrypoint.d/ -follow -type f | sort); do
        case "$script" in
            *.envsh)
                [ -x "$script" ] || { note "ignoring $script, not executable"; continue; }
                note "sourcing $script"
                . "$script"
                ;;
            *.sh)
                [ -x "$script" ] || { note "ignoring $script, not executable"; continue; }
                note "launching $script"
                "$script"
                ;;
            *) note "ignoring $script" ;;
        esac
    done
    note "configuration complete; ready for start up"
fi

exec "$@"
