module jettison.invalid/buildkit

go 1.26

require (
	github.com/moby/buildkit v0.34.2
	github.com/opencontainers/image-spec v1.1.1
)
