//go:build tools

// Names the renderer of charts that the test bed builds.
package tools

import (
	_ "helm.sh/helm/v4/cmd/helm"
)
