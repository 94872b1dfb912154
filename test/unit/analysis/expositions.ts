/** What gateways, proxies and pods expose while `checkout-b` answered 100 requests, 7 of them failed, beside others. */

const traefikOf = (service: string, code: string) =>
  `{code="${code}",method="GET",protocol="http",service="${service}"`;
const candidate = 'shop-checkout-b-http-80@kubernetesgateway';

const traefik = `traefik_service_requests_total${traefikOf(candidate, '200')}} 90
traefik_service_requests_total${traefikOf(candidate, '404')}} 3
traefik_service_requests_total${traefikOf(candidate, '502')}} 7
traefik_service_requests_total${traefikOf('shop-checkout-a-http-80@kubernetesgateway', '500')}} 50
traefik_service_requests_total${traefikOf('shop-checkout-b-c-http-80@kubernetesgateway', '500')}} 50
traefik_service_request_duration_seconds_bucket${traefikOf(candidate, '200')},le="0.3"} 75
traefik_service_request_duration_seconds_bucket${traefikOf(candidate, '200')},le="1"} 90
traefik_service_request_duration_seconds_bucket${traefikOf(candidate, '200')},le="+Inf"} 93
traefik_service_request_duration_seconds_bucket${traefikOf(candidate, '502')},le="0.3"} 5
traefik_service_request_duration_seconds_bucket${traefikOf(candidate, '502')},le="1.0"} 5
traefik_service_request_duration_seconds_bucket${traefikOf(candidate, '502')},le="+Inf"} 7
traefik_entrypoint_requests_total{code="200",entrypoint="web"} 1000
process_start_time_seconds 1.7e+09`;

const istioOf = (code: string, pod: 'a' | 'b' | 'waypoint', more = '') => {
  const reporter = pod === 'waypoint' ? 'waypoint' : 'source';
  const at = { a: '10.0.0.1', b: '10.0.0.2', waypoint: '10.0.0.9' }[pod];
  const name = pod === 'waypoint' ? pod : `pod-${pod}`;
  return `{reporter="${reporter}",source_workload="gateway",destination_service="checkout-b.shop.svc.cluster.local",destination_service_name="checkout-b",destination_service_namespace="shop",destination_workload="unknown",request_protocol="http",response_code="${code}",response_flags="-",instance="${at}:15020",pod="${name}"${more}}`;
};

const istioSource = `istio_requests_total${istioOf('200', 'a')} 60
istio_requests_total${istioOf('503', 'a')} 4
istio_requests_total${istioOf('200', 'b', ',grpc_response_status="14"')} 3
istio_requests_total${istioOf('200', 'b', ',grpc_response_status="0"')} 33
istio_requests_total{reporter="destination",destination_service_name="checkout-b",destination_service_namespace="shop",response_code="500"} 100
istio_requests_total{reporter="source",destination_service_name="checkout-a",destination_service_namespace="shop",response_code="500"} 100
istio_request_duration_milliseconds_bucket${istioOf('200', 'a', ',le="300"')} 50
istio_request_duration_milliseconds_bucket${istioOf('200', 'a', ',le="1000"')} 60
istio_request_duration_milliseconds_bucket${istioOf('200', 'b', ',le="300"')} 30
istio_request_duration_milliseconds_bucket${istioOf('200', 'b', ',le="1000"')} 35`;

const istioWaypoint = `istio_requests_total${istioOf('200', 'waypoint')} 93
istio_requests_total${istioOf('500', 'waypoint')} 7
istio_request_duration_milliseconds_bucket${istioOf('200', 'waypoint', ',le="300"')} 80
istio_request_duration_milliseconds_bucket${istioOf('200', 'waypoint', ',le="1000"')} 95`;

const nginxOf = (service: string, canary: string, status: string, more = '') =>
  `{canary="${canary}",controller_class="k8s.io/ingress-nginx",controller_namespace="ingress-nginx",host="checkout.test",ingress="checkout",method="GET",namespace="shop",path="/",service="${service}",status="${status}"${more}}`;
const canary = 'shop-checkout-b-80';
const nginxBuckets = 'nginx_ingress_controller_request_duration_seconds_bucket';

const nginx = `nginx_ingress_controller_requests${nginxOf('checkout-a', '', '200')} 900
nginx_ingress_controller_requests${nginxOf('checkout-a', canary, '200')} 93
nginx_ingress_controller_requests${nginxOf('checkout-a', canary, '500')} 7
nginx_ingress_controller_requests${nginxOf('checkout-a', 'shop-checkout-b-c-80', '500')} 50
${nginxBuckets}${nginxOf('checkout-a', canary, '200', ',le="0.3"')} 80
${nginxBuckets}${nginxOf('checkout-a', canary, '200', ',le="1"')} 95
${nginxBuckets}${nginxOf('checkout-a', '', '200', ',le="1"')} 900
process_start_time_seconds 1.7e+09`;

const contour = `envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="shop_checkout-b_80"} 93
envoy_cluster_upstream_rq{envoy_response_code="503",envoy_cluster_name="shop_checkout-b_80"} 7
envoy_cluster_upstream_rq{envoy_response_code="503",envoy_cluster_name="shop_checkout-b-c_80"} 50
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="shop_checkout-b_80",le="300"} 80
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="shop_checkout-b_80",le="1000"} 95
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="shop_checkout-b_80",le="+Inf"} 100`;

const envoyOf = (service: string) => `envoy_cluster_name="backend/service/shop/${service}"`;
const envoyGateway = `envoy_cluster_upstream_rq{envoy_response_code="200",${envoyOf('checkout-b/8080')}} 60
envoy_cluster_upstream_rq{envoy_response_code="200",${envoyOf('checkout-b/9090/grpc')}} 33
envoy_cluster_upstream_rq{envoy_response_code="503",${envoyOf('checkout-b/8080')}} 7
envoy_cluster_upstream_rq{envoy_response_code="503",${envoyOf('checkout-b-c/8080')}} 50
envoy_cluster_upstream_rq{envoy_response_code="503",envoy_cluster_name="httproute/shop/checkout-b/rule/0"} 50
envoy_cluster_upstream_rq_time_bucket{${envoyOf('checkout-b/8080')},le="300"} 50
envoy_cluster_upstream_rq_time_bucket{${envoyOf('checkout-b/8080')},le="1000"} 62
envoy_cluster_upstream_rq_time_bucket{${envoyOf('checkout-b/9090/grpc')},le="300"} 30
envoy_cluster_upstream_rq_time_bucket{${envoyOf('checkout-b/9090/grpc')},le="1000"} 33
envoy_cluster_upstream_rq_time_bucket{${envoyOf('checkout-b/8080')},le="+Inf"} 67`;

const linkerdRoute =
  'parent_group="core",parent_kind="Service",parent_namespace="shop",parent_name="checkout",parent_port="80",parent_section_name="",route_group="gateway.networking.k8s.io",route_kind="HTTPRoute",route_namespace="shop",route_name="checkout"';
const linkerdOf = (service: string, client: 'a' | 'b', more: string) => {
  const at = { a: '10.0.2.1', b: '10.0.2.2' }[client];
  return `{${linkerdRoute},backend_group="core",backend_kind="Service",backend_namespace="shop",backend_name="${service}",backend_port="80",backend_section_name="",job="linkerd-proxy",instance="${at}:4191",pod="client-${client}"${more}}`;
};
const linkerdStatus = (status: string, error = '') => `,http_status="${status}",error="${error}"`;
const linkerdRequests = 'outbound_http_route_backend_response_statuses_total';
const linkerdBuckets = 'outbound_http_route_backend_response_duration_seconds_bucket';

const linkerd = `${linkerdRequests}${linkerdOf('checkout-b', 'a', linkerdStatus('200'))} 50
${linkerdRequests}${linkerdOf('checkout-b', 'a', linkerdStatus('503'))} 2
${linkerdRequests}${linkerdOf('checkout-b', 'a', linkerdStatus('', 'UNKNOWN'))} 1
${linkerdRequests}${linkerdOf('checkout-b', 'a', linkerdStatus('', 'RESPONSE_HEADERS_TIMEOUT'))} 3
${linkerdRequests}${linkerdOf('checkout-b', 'b', linkerdStatus('200', 'RESET'))} 1
${linkerdRequests}${linkerdOf('checkout-b', 'b', linkerdStatus('200', 'CANCEL'))} 2
${linkerdRequests}${linkerdOf('checkout-b', 'b', linkerdStatus('200', 'UNKNOWN'))} 1
${linkerdRequests}${linkerdOf('checkout-b', 'b', linkerdStatus('404'))} 40
${linkerdRequests}${linkerdOf('checkout-a', 'b', linkerdStatus('500'))} 50
outbound_http_route_request_statuses_total{${linkerdRoute},http_status="500",error=""} 100
response_total{direction="inbound",namespace="shop",classification="failure"} 100
${linkerdBuckets}${linkerdOf('checkout-b', 'a', ',le="0.3"')} 40
${linkerdBuckets}${linkerdOf('checkout-b', 'a', ',le="1.0"')} 52
${linkerdBuckets}${linkerdOf('checkout-b', 'b', ',le="0.3"')} 40
${linkerdBuckets}${linkerdOf('checkout-b', 'b', ',le="1.0"')} 43
process_start_time_seconds{job="linkerd-proxy",instance="10.0.2.1:4191",pod="client-a"} 1700000001
process_start_time_seconds{job="linkerd-proxy",instance="10.0.2.2:4191",pod="client-b"} 1700000002`;

const byName = (more: string) =>
  `{job="web",instance="10.0.1.1:8080",namespace="shop",pod="checkout-b-5d4f8c9b7-x2x4z"${more}}`;
const byLabel = (more: string) =>
  `{job="web",instance="10.0.1.2:8080",namespace="shop",pod="renamed-0",sluice_dev_service="checkout",sluice_dev_environment="production",sluice_dev_revision="1.1.0-4f2a9c1b"${more}}`;

const pods = `http_requests_total${byName(',status="200"')} 50
http_requests_total${byName(',status="503"')} 4
http_requests_total${byLabel(',code="200"')} 43
http_requests_total${byLabel(',code="500"')} 3
http_requests_total{namespace="shop",pod="checkout-b-c-5d4f8c9b7-x2x4z",code="500"} 50
http_request_duration_seconds_bucket${byName(',le="0.3"')} 40
http_request_duration_seconds_bucket${byName(',le="1"')} 50
http_request_duration_seconds_bucket${byLabel(',le="0.3"')} 40
http_request_duration_seconds_bucket${byLabel(',le="1"')} 45
process_start_time_seconds${byName('')} 1700000001
process_start_time_seconds${byLabel('')} 1700000002`;

const custom = `acme_calls_total{ns="shop",app="checkout-b",outcome="ok"} 90
acme_calls_total{ns="shop",app="checkout-b",outcome="timeout"} 7
acme_calls_total{ns="shop",app="1.1.0-4f2a9c1b",outcome="ok"} 3
acme_calls_total{ns="shop",app="1x1x0-4f2a9c1b",outcome="error"} 50
acme_calls_total{ns="shop",app="checkout-bc",outcome="error"} 50
acme_call_seconds_bucket{ns="shop",app="checkout-b",le="0.3"} 80
acme_call_seconds_bucket{ns="shop",app="checkout-b",le="1"} 95
process_start_time_seconds 1.7e+09`;

export const expositions: Readonly<Record<string, string>> = {
  ...{ traefik, contour, linkerd, pods, custom },
  'envoy-gateway': envoyGateway,
  istio: istioSource,
  'istio-ambient': istioWaypoint,
  'ingress-nginx': nginx,
};
