// Swagger UI's own page loads a CDN-minded initializer; this one names our document.
SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true });
