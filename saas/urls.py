"""Every address the web process answers."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from saas import health
from saas.admin_log_in import limit_tries

admin.site.site_header = admin.site.site_title = "Cardume"

urlpatterns = [
    path("admin/login/", limit_tries(admin.site.login)),
    path("admin/", admin.site.urls),
    path("api/", include("users.urls")),
    path("api/", include("exchanges.urls")),
    path("api/", include("bots.urls")),
    path("api/", include("trades.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.show_metrics, name="metrics"),
]

handler400 = "saas.error_views.bad_request"
handler403 = "saas.error_views.permission_denied"
handler404 = "saas.error_views.not_found"
handler500 = "saas.error_views.server_error"
