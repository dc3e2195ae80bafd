import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { strategies } from '../../../src/quant/strategies/index.ts';
import { type PlanRequest, planTrade } from '../../../src/quant/trade-plan.ts';

const request = (changes: Partial<PlanRequest> = {}): PlanRequest => ({
  side: 'LONG',
  close: 100,
  atr: 2.5,
  risk: strategies.BALANCED.risk,
  capital: '100000',
  riskPct: 2,
  positionMaxPct: 20,
  minRiskReward: 1.5,
  tick: '0.01',
  ...changes,
});

describe('a plan', () => {
  test('of BALANCED at 100 is bound by the position limit', () => {
    expect(planTrade(request())).toEqual({
      side: 'LONG',
      entry: '100.00',
      stop: '98.00',
      target: '104.00',
      riskReward: '2.0000',
      positionSize: 200,
      boundBy: 'POSITION_LIMIT',
      positionValue: '20000.00',
      capitalAtRisk: '400.00',
      capitalAtRiskPct: '0.4000',
      potentialReward: '800.00',
      targetPct: 4,
      stopPct: 2,
      stopWidened: false,
      maxHoldingBars: 20,
      minRiskReward: 1.5,
      flags: [],
    });
  });

  test('of WEEKLY_TARGET widens the stop by ATR and says that the ratio falls short', () => {
    const { risk } = strategies.WEEKLY_TARGET;
    const plan = planTrade(request({ risk, minRiskReward: risk.minRiskReward }));
    expect(plan).toMatchObject({
      stopPct: 3.75,
      stop: '96.25',
      target: '104.00',
      riskReward: '1.0667',
      stopWidened: true,
      flags: ['BELOW_MIN_RISK_REWARD'],
    });
  });

  test('widens at most to the cap, and not at all without ATR', () => {
    const { risk } = strategies.WEEKLY_TARGET;
    expect(planTrade(request({ risk, atr: 50 }))).toMatchObject({ stopPct: 4, stop: '96.00' });
    expect(planTrade(request({ risk, atr: null }))).toMatchObject({ stopPct: 3, stopWidened: false });
  });

  test('to sell is the mirror image', () => {
    expect(planTrade(request({ side: 'SHORT' }))).toMatchObject({
      stop: '102.00',
      target: '96.00',
      riskReward: '2.0000',
    });
  });

  test('is bound by risk when the stop is wide for the risk allowed', () => {
    expect(planTrade(request({ riskPct: 0.5, positionMaxPct: 50 }))).toMatchObject({
      boundBy: 'RISK',
      positionSize: 250,
    });
  });

  test('has a size in lots, parts of a unit among them', () => {
    const coin = { close: 64_000, tick: '0.00000001' };
    expect(planTrade(request(coin))).toMatchObject({ positionSize: 0, flags: ['CAPITAL_TOO_SMALL'] });
    expect(planTrade(request({ ...coin, lot: '0.000001' }))).toMatchObject({
      positionSize: 0.3125,
      positionValue: '20000.00000000',
      capitalAtRisk: '400.00000000',
      flags: [],
    });
    expect(planTrade(request({ close: 7, lot: '0.000001' }))).toMatchObject({ positionSize: 2857.142857 });
    expect(planTrade(request({ close: 7, lot: '100' }))).toMatchObject({ positionSize: 2800 });
  });

  test('says when the capital buys nothing', () => {
    expect(planTrade(request({ close: 1_000_000 }))).toMatchObject({
      positionSize: 0,
      flags: ['CAPITAL_TOO_SMALL'],
    });
  });

  test('is on the tick, half away from zero, before ratio and size', () => {
    const plan = planTrade(request({ close: 101.33, tick: '0.05' }));
    expect(plan).toMatchObject({ entry: '101.35', stop: '99.30', target: '105.40', riskReward: '1.9756' });
    expect(planTrade(request({ close: 1_234.5, tick: '1' }))).toMatchObject({
      entry: '1235',
      stop: '1210',
      target: '1284',
      flags: [],
    });
  });

  test('says when its stop is fewer than 20 ticks away, and is then not rounded to the tick', () => {
    expect(planTrade(request({ close: 1.18973 }))).toMatchObject({
      ...{ entry: '1.18973', stop: '1.1659354', target: '1.2373192' },
      ...{ riskReward: '2.0000', flags: ['COARSE_TICK'] },
    });
    expect(planTrade(request({ close: 0.0812345 }))).toMatchObject({
      ...{ entry: '0.0812345', stop: '0.07960981', target: '0.08448388' },
      ...{ riskReward: '2.0000', flags: ['COARSE_TICK'] },
    });
    expect(planTrade(request({ close: 10 }))?.flags).toEqual([]);
    expect(planTrade(request({ close: 9.99 }))?.flags).toEqual(['COARSE_TICK']);
  });

  test.each([1e-8, 0.001, 0.1, 1, 12.3456789])('keeps its ratio to a twentieth at a price of %s', (close) => {
    const ratio = Number(planTrade(request({ close }))?.riskReward);
    expect(Math.abs(ratio / 2 - 1)).toBeLessThan(0.05);
  });

  test('always has stop and target on their sides of the entry, and never risks more than allowed', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 100_000, noNaN: true }),
        fc.constantFrom('LONG' as const, 'SHORT' as const),
        fc.constantFrom(...Object.values(strategies)),
        fc.double({ min: 0.5, max: 5, noNaN: true }),
        (close, side, { risk }, riskPct) => {
          const plan = planTrade(request({ close, side, risk, riskPct, atr: close * 0.03 }));
          if (plan === null) return;
          const sign = side === 'LONG' ? 1 : -1;
          expect(sign * (Number(plan.target) - Number(plan.entry))).toBeGreaterThan(0);
          expect(sign * (Number(plan.entry) - Number(plan.stop))).toBeGreaterThan(0);
          expect(Number(plan.capitalAtRisk)).toBeLessThanOrEqual(1_000 * riskPct + 1e-6);
          expect(Number(plan.positionValue)).toBeLessThanOrEqual(20_000);
        },
      ),
    );
  });
});
