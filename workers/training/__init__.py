"""From readings to a version with its alias.

`train_meter` fits, `promotion` lets it meet the champion, `recipe` tells whether it would be the
same, `similar_meters` finds whom a short history may learn from too.
"""
