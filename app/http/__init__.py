"""What every view shares.

`resource.Resource` makes a blueprint of the API, `errors` and `answers` say how it answers, `times`
reads instants, `openapi` attaches it all to the app. Knows no view.
"""
