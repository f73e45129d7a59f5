from data.importers.moments.ends import says_end
from data.importers.moments.zones import zone_in
from data.importers.moments.zones import ZoneWord
