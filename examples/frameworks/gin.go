package frameworks

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// Gin receives webhooks at /helpcrunch.
func Gin(webhooks http.Handler) http.Handler {
	router := gin.New()
	router.Use(gin.Recovery())
	router.POST("/helpcrunch", gin.WrapH(webhooks))
	return router
}
