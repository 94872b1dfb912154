//go:build tools

// Names the builder of Kustomize folders that the test bed builds.
package tools

import (
	_ "sigs.k8s.io/kustomize/kustomize/v5"
)
