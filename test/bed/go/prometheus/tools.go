//go:build tools

// Names the metrics server that the test bed builds.
package tools

import (
	_ "github.com/prometheus/prometheus/cmd/prometheus"
)
