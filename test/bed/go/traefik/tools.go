//go:build tools

// Names the Gateway API data plane that the test bed builds, and the release of its CRDs.
package tools

import (
	_ "github.com/traefik/traefik/v3/cmd/traefik"
	_ "sigs.k8s.io/gateway-api/apis/v1"
)
