"""No test of the contract is left out of a world in silence."""

from tests.contract.provider_worlds import EVERYTHING, World


async def test_a_world_lacks_the_ports_that_its_provider_says_it_does_not_offer(world: World) -> None:
    assert world.offers == {port for port in EVERYTHING if getattr(world.provider, port) is not None}
