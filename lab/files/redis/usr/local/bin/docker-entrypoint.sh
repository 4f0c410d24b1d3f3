#!/bin/sh
set -e

# An option or a configuration file is meant for redis-server.
if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then
    set -- redis-server "$@"
fi

# The official server is built with protected mode off; Debian's is not.
if [ "$1" = redis-server ]; then
    stated=''
    for word in "$@"; do
        case $word in
            *protected-mode* | --sentinel) stated=yes ;;
            *.conf) ! grep -qs '^[[:space:]]*protected-mode' "$word" || stated=yes ;;
        esac
    done
    [ -n "$stated" ] || set -- "$@" --protected-mode no
fi

# Start as the user redis, owner of the data.
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
    find . \! -user redis -exec chown redis '{}' +
    exec gosu redis "$0" "$@"
fi

umask_now=$(umask)
[ "$umask_now" != 0022 ] || umask 0077

exec "$@"
