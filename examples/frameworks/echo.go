package frameworks

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// Echo receives webhooks at /helpcrunch.
func Echo(webhooks http.Handler) http.Handler {
	router := echo.New()
	router.POST("/helpcrunch", echo.WrapHandler(webhooks))
	return router
}
