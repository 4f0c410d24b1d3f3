#!/usr/bin/env bash
# Initialize the database at the first start, then run the server as the user postgres.
# Variables: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, POSTGRES_INITDB_ARGS (each also as NAME_FILE),
# POSTGRES_INITDB_WALDIR, POSTGRES_HOST_AUTH_METHOD, PGDATA. Scripts: /docker-entrypoint-initdb.d.
set -Eeo pipefail

fail() {
    echo "Error: $*" >&2
    exit 1
}

from_file() { # name default: take NAME or the content of the file NAME_FILE
    local name=$1 file_name=${1}_FILE
    [ -z "${!name:-}" ] || [ -z "${!file_name:-}" ] || fail "both $name and $file_name are set"
    local value=${!name:-${2:-}}
    [ -z "${!file_name:-}" ] || value=$(<"${!file_name}")
    export "$name=$value"
    unset "$file_name"
}

prepare_folders() {
    mkdir -p "$PGDATA" /var/run/postgresql
    chmod 00700 "$PGDATA" || :
    chmod 03775 /var/run/postgresql || :
    if [ -n "${POSTGRES_INITDB_WALDIR:-}" ]; then
        mkdir -p "$POSTGRES_INITDB_WALDIR"
        chmod 700 "$POSTGRES_INITDB_WALDIR"
    fi
    if [ "$(id -u)" = 0 ]; then
        find "$PGDATA" ${POSTGRES_INITDB_WALDIR:+"$POSTGRES_INITDB_WALDIR"} /var/run/postgresql \
            \! -user postgres -exec chown postgres '{}' +
    fi
}

check_password() {
    if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
        fail "Database is uninitialized and superuser password is not specified.
       Set POSTGRES_PASSWORD to a non-empty value, or, without any protection,
       POSTGRES_HOST_AUTH_METHOD=trust."
    fi
}

initialize() {
    local arguments=(--username="$POSTGRES_USER")
    [ -z "${POSTGRES_INITDB_WALDIR:-}" ] || arguments+=(--waldir "$POSTGRES_INITDB_WALDIR")
    eval 'initdb "${arguments[@]}" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") '"$POSTGRES_INITDB_ARGS"' "$@"'
    local method=$POSTGRES_HOST_AUTH_METHOD
    [ -n "$method" ] || method=$(postgres -C password_encryption -D "$PGDATA")
    printf '\nhost all all all %s\n' "$method" >> "$PGDATA/pg_hba.conf"
}

docker_process_sql() {
    local query=(psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --no-psqlrc)
    [ -z "$POSTGRES_DB" ] || query+=(--dbname "$POSTGRES_DB")
    PGHOST='' PGHOSTADDR='' "${query[@]}" "$@"
}

start_privately() { # the server's arguments
    set -- "$@" -c listen_addresses='' -p "${PGPORT:-5432}"
    NOTIFY_SOCKET='' pg_ctl -D "$PGDATA" -o "$(printf '%q ' "$@")" -w start
}

create_database() {
    [ "$POSTGRES_DB" = postgres ] && return
    local exists
    exists=$(POSTGRES_DB=postgres docker_process_sql --tuples-only --no-align \
        --set db="$POSTGRES_DB" <<< "SELECT 1 FROM pg_database WHERE datname = :'db';")
    [ -n "$exists" ] || POSTGRES_DB=postgres docker_process_sql --set db="$POSTGRES_DB" \
        <<< 'CREATE DATABASE :"db";'
}

run_scripts() {
    local script
    for script in /docker-entrypoint-initdb.d/*; do
        case $script in
            *.sh)
                if [ -x "$script" ]; then
                    echo "$0: running $script"
                    "$script"
                else
                    echo "$0: sourcing $script"
                    . "$script"
                fi
                ;;
            *.sql) echo "$0: running $script"; docker_process_sql -f "$script" ;;
            *.sql.gz) echo "$0: running $script"; gunzip -c "$script" | docker_process_sql ;;
            *.sql.xz) echo "$0: running $script"; xzcat "$script" | docker_process_sql ;;
            *.sql.zst) echo "$0: running $script"; zstd -dc "$script" | docker_process_sql ;;
            */\*) ;;
            *) echo "$0: ignoring $script" ;;
        esac
    done
}

wants_help() {
    local word
    for word; do
        case $word in
            -'?' | --help | --describe-config | -V | --version) return 0 ;;
        esac
    done
    return 1
}

first_start() {
    [ ! -s "$PGDATA/PG_VERSION" ] || return 1
    ls /docker-entrypoint-initdb.d/ > /dev/null
}

main() {
    if [ "${1:0:1}" = - ]; then
        set -- postgres "$@"
    fi
    if [ "$1" != postgres ] || wants_help "$@"; then
        exec "$@"
    fi
    from_file POSTGRES_PASSWORD
    from_file POSTGRES_USER postgres
    from_file POSTGRES_DB "$POSTGRES_USER"
    from_file POSTGRES_INITDB_ARGS
    : "${POSTGRES_HOST_AUTH_METHOD:=}"
    prepare_folders
    if [ "$(id -u)" = 0 ]; then
        exec gosu postgres "$BASH_SOURCE" "$@"
    fi
    if first_start; then
        check_password
        initialize
        export PGPASSWORD="${PGPASSWORD-$POSTGRES_PASSWORD}"
        start_privately "${@:2}"
        create_database
        run_scripts
        pg_ctl -D "$PGDATA" -m fast -w stop
        unset PGPASSWORD
        printf '\nPostgreSQL init process complete; ready for start up.\n\n'
    else
        printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
    fi
    exec "$@"
}

# Sourced, the script only defines its functions.
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    main "$@"
fi
