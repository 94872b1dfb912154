//go:build tools

// Names the metrics server that the test bed builds, and the tool that tries its rules.
package tools

import (
	_ "github.com/prometheus/prometheus/cmd/prometheus"
	_ "github.com/prometheus/prometheus/cmd/promtool"
)
