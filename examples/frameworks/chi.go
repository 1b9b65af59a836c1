package frameworks

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

// Chi receives webhooks at /helpcrunch. A handler of net/http needs no adapter.
func Chi(webhooks http.Handler) http.Handler {
	router := chi.NewRouter()
	router.Use(middleware.Recoverer)
	router.Method(http.MethodPost, "/helpcrunch", webhooks)
	return router
}
