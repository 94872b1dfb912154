//go:build tools

// Names the programs of the Temporal server that the production tests build.
package tools

import (
	_ "go.temporal.io/server/cmd/server"
	_ "go.temporal.io/server/cmd/tools/sql"
)
