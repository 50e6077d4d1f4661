"""A patrol's archive to pictures worth labelling: what its reviewer dismissed, and where the model is least sure."""

from patrol.mining.dismissed import Pick
from patrol.mining.picking import Mined, mined
from patrol.mining.pictures import PROPOSAL_CONF, pictures_of
from patrol.mining.record import PatrolRecord

__all__ = ["PROPOSAL_CONF", "Mined", "PatrolRecord", "Pick", "mined", "pictures_of"]
