/** A key that opens the processes of the tests: `run` hands it to them as BOOTSTRAP_KEY. It has a right checksum and opens nothing else. */
export const TEST_KEY = 'tt_live_Ygthekf6_16oFJ2al1MFp3vVAU2TA50vqW6ZHEbDeqvh1Vef0XnP1Ip6aI';

export const authorized = { authorization: `Bearer ${TEST_KEY}` } as const;
